// SPDX-License-Identifier: Apache-2.0
#include "python/stream_source.h"

#include <utility>

#include "python/capsules.h"
#include "python/held_object.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

/// Batches from a Python iterator of batches, and of tables or other sources of a stream.
/// Not through a stream capsule, because that has only the text of what the iterator
/// raises. Each batch comes with its own schema, which need not be that of the first.
class IteratorReader : public arrow::RecordBatchReader {
 public:
  IteratorReader(nb::object iterator, std::function<arrow::Status()> keep_exception)
      : iterator_(std::move(iterator)), keep_exception_(std::move(keep_exception)) {}

  /// Takes the schema of the first item for that of the stream. Throws.
  void ReadSchema() {
    if (!NextItem()) throw nb::value_error("there is no batch, and so no schema");
    schema_ = ahead_ != nullptr ? ahead_->schema() : stream_->schema();
  }
  void SetSchema(std::shared_ptr<arrow::Schema> schema) { schema_ = std::move(schema); }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    nb::gil_scoped_acquire acquire;
    try {
      do {
        *batch = std::exchange(ahead_, nullptr);
        if (*batch != nullptr) return arrow::Status::OK();
        if (stream_ != nullptr) {
          ARROW_RETURN_NOT_OK(ReadStream(batch));
          if (*batch != nullptr) return arrow::Status::OK();
          stream_.reset();
        }
      } while (NextItem());
      return arrow::Status::OK();
    } catch (...) {
      return keep_exception_();
    }
  }

 private:
  arrow::Status ReadStream(std::shared_ptr<arrow::RecordBatch>* batch) const {
    nb::gil_scoped_release release;
    return stream_->ReadNext(batch);
  }

  /// Takes the next item; false behind the last.
  bool NextItem() {
    const nb::object next = nb::steal(PyIter_Next(iterator_.get().ptr()));
    if (!next.is_valid()) {
      if (PyErr_Occurred() != nullptr) throw nb::python_error();
      return false;
    }
    if (nb::hasattr(next, "__arrow_c_array__")) {
      const auto capsules = nb::cast<nb::tuple>(next.attr("__arrow_c_array__")());
      ahead_ = ImportBatch(capsules[0], capsules[1]);
    } else {
      stream_ = ImportReader(next.attr("__arrow_c_stream__")());
    }
    return true;
  }

  std::shared_ptr<arrow::Schema> schema_;
  const HeldObject iterator_;
  const std::function<arrow::Status()> keep_exception_;
  /// What the last item has left: a batch, or a stream.
  std::shared_ptr<arrow::RecordBatch> ahead_;
  std::shared_ptr<arrow::RecordBatchReader> stream_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> OpenSource(
    nb::handle source, std::function<arrow::Status()> keep_exception) {
  if (!nb::isinstance<nb::tuple>(source)) return ImportReader(source);
  const auto pair = nb::cast<nb::tuple>(source);
  auto reader =
      std::make_shared<IteratorReader>(nb::object(pair[1]), std::move(keep_exception));
  if (pair[0].is_none()) {
    reader->ReadSchema();
  } else {
    reader->SetSchema(ImportSchema(pair[0]));
  }
  return reader;
}

}  // namespace planish::python
