// SPDX-License-Identifier: Apache-2.0
#include "python/capsules.h"

#include <utility>

#include "arrow/c/bridge.h"
#include "python/exceptions.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

constexpr char kSchema[] = "arrow_schema";
constexpr char kArray[] = "arrow_array";
constexpr char kStream[] = "arrow_array_stream";

template <typename Struct>
void Free(Struct* exported) {
  if (exported->release != nullptr) exported->release(exported);
  delete exported;
}

/// A capsule for a struct of Arrow's C data interface, which `fill` makes.
template <typename Struct, typename Fill>
nb::object NewCapsule(const char* name, const Fill& fill) {
  auto exported = std::make_unique<Struct>();
  exported->release = nullptr;
  ThrowIfNotOk(fill(exported.get()));
  PyObject* capsule = PyCapsule_New(exported.get(), name, [](PyObject* self) {
    const char* own_name = PyCapsule_GetName(self);
    Free(static_cast<Struct*>(PyCapsule_GetPointer(self, own_name)));
  });
  if (capsule == nullptr) {
    Free(exported.release());
    throw nb::python_error();
  }
  (void)exported.release();  // It is the capsule's now.
  return nb::steal(capsule);
}

template <typename Struct>
Struct* StructIn(nb::handle capsule, const char* name) {
  auto* exported = static_cast<Struct*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (exported == nullptr) throw nb::python_error();
  return exported;
}

}  // namespace

nb::object ExportToCapsule(const arrow::Schema& schema) {
  return NewCapsule<ArrowSchema>(
      kSchema, [&](ArrowSchema* out) { return arrow::ExportSchema(schema, out); });
}

nb::object ExportToCapsule(std::shared_ptr<arrow::RecordBatchReader> reader) {
  return NewCapsule<ArrowArrayStream>(kStream, [&](ArrowArrayStream* out) {
    return arrow::ExportRecordBatchReader(std::move(reader), out);
  });
}

nb::tuple ExportToCapsules(const arrow::RecordBatch& batch) {
  nb::object array = NewCapsule<ArrowArray>(
      kArray, [&](ArrowArray* out) { return arrow::ExportRecordBatch(batch, out); });
  return nb::make_tuple(ExportToCapsule(*batch.schema()), std::move(array));
}

nb::tuple ExportToCapsules(const arrow::Array& array) {
  nb::object type = NewCapsule<ArrowSchema>(
      kSchema, [&](ArrowSchema* out) { return arrow::ExportType(*array.type(), out); });
  nb::object values = NewCapsule<ArrowArray>(
      kArray, [&](ArrowArray* out) { return arrow::ExportArray(array, out); });
  return nb::make_tuple(std::move(type), std::move(values));
}

std::shared_ptr<arrow::Schema> ImportSchema(nb::handle capsule) {
  return ValueOrThrow(arrow::ImportSchema(StructIn<ArrowSchema>(capsule, kSchema)));
}

std::shared_ptr<arrow::RecordBatchReader> ImportReader(nb::handle capsule) {
  return ValueOrThrow(
      arrow::ImportRecordBatchReader(StructIn<ArrowArrayStream>(capsule, kStream)));
}

std::shared_ptr<arrow::RecordBatch> ImportBatch(nb::handle schema, nb::handle array) {
  auto* type = StructIn<ArrowSchema>(schema, kSchema);
  return ValueOrThrow(
      arrow::ImportRecordBatch(StructIn<ArrowArray>(array, kArray), type));
}

}  // namespace planish::python
