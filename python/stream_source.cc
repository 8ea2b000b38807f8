// SPDX-License-Identifier: Apache-2.0
#include "python/stream_source.h"

#include <utility>

#include "python/capsules.h"
#include "python/held_object.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

/// Batches from a Python iterator. Not through a stream capsule, because that has only
/// the text of what the iterator raises.
class IteratorReader : public arrow::RecordBatchReader {
 public:
  IteratorReader(std::shared_ptr<arrow::Schema> schema, nb::object iterator,
                 std::function<arrow::Status()> keep_exception)
      : schema_(std::move(schema)),
        iterator_(std::move(iterator)),
        keep_exception_(std::move(keep_exception)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    nb::gil_scoped_acquire acquire;
    try {
      batch->reset();
      const nb::object next = nb::steal(PyIter_Next(iterator_.get().ptr()));
      if (!next.is_valid()) {
        if (PyErr_Occurred() != nullptr) throw nb::python_error();
        return arrow::Status::OK();
      }
      const auto capsules = nb::cast<nb::tuple>(next.attr("__arrow_c_array__")());
      *batch = ImportBatch(capsules[0], capsules[1]);
      return arrow::Status::OK();
    } catch (...) {
      return keep_exception_();
    }
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  const HeldObject iterator_;
  const std::function<arrow::Status()> keep_exception_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> OpenSource(
    nb::handle source, std::function<arrow::Status()> keep_exception) {
  if (!nb::isinstance<nb::tuple>(source)) return ImportReader(source);
  const auto pair = nb::cast<nb::tuple>(source);
  return std::make_shared<IteratorReader>(ImportSchema(pair[0]), nb::object(pair[1]),
                                          std::move(keep_exception));
}

}  // namespace planish::python
