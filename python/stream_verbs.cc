// SPDX-License-Identifier: Apache-2.0
#include "python/stream_verbs.h"

#include <nanobind/stl/shared_ptr.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "planish/planish.h"
#include "python/capsules.h"
#include "python/exceptions.h"
#include "python/fields.h"
#include "python/options.h"
#include "python/stream_callbacks.h"
#include "python/stream_source.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

using Callbacks = std::shared_ptr<StreamCallbacks>;

/// Releases the GIL, if this thread has it: a stream is read by whoever has its capsule.
class WithoutGil {
 public:
  WithoutGil() {
    // Of what the stable ABI has, only this tells whether the thread has the GIL.
    const PyGILState_STATE before = PyGILState_Ensure();
    PyGILState_Release(before);
    if (before == PyGILState_LOCKED) release_.emplace();
  }

 private:
  std::optional<nb::gil_scoped_release> release_;
};

class Stream;

/// The streams that may be open.
class OpenStreams {
 public:
  void Add(const std::shared_ptr<Stream>& stream) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::erase_if(streams_, [](const auto& known) { return known.expired(); });
    streams_.push_back(stream);
  }
  std::vector<std::weak_ptr<Stream>> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(streams_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Stream>> streams_;
};

OpenStreams open_streams;

/// What went wrong, for readers that know nothing of Python's exceptions.
arrow::Status AsStatus(const arrow::Status& status, StreamCallbacks* callbacks) {
  nb::gil_scoped_acquire acquire;
  try {
    callbacks->Rethrow();
  } catch (const nb::python_error& error) {
    const arrow::Status raised = arrow::Status::Cancelled(error.what());
    // So that the interpreter raises it as soon as it is back.
    if (error.matches(PyExc_KeyboardInterrupt)) PyErr_SetInterrupt();
    return raised;
  }
  return status;
}

/// A reader for Python: one thread reads at a time, others wait and hear signals
/// meanwhile. Who is called by it while it reads cannot use it.
class Stream {
 public:
  Stream(std::shared_ptr<StreamDedupReader> reader, Callbacks callbacks)
      : schema_(reader->schema()),
        reader_(std::move(reader)),
        callbacks_(std::move(callbacks)) {}

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  StreamCallbacks* callbacks() const { return callbacks_.get(); }

  arrow::Status Read(std::shared_ptr<arrow::RecordBatch>* batch) {
    const WithoutGil without_gil;
    batch->reset();
    std::unique_lock<std::timed_mutex> lock;
    ARROW_RETURN_NOT_OK(Lock(&lock));
    if (reader_ == nullptr) return arrow::Status::Invalid("the stream is closed");
    callbacks_->BeginReading();
    reading_.store(std::this_thread::get_id());
    arrow::Status status = reader_->ReadNext(batch);
    reading_.store(std::thread::id());
    nb::gil_scoped_acquire acquire;
    callbacks_->EndReading();
    if (status.ok() && *batch == nullptr) callbacks_->Drop();
    return status;
  }

  nb::object Next() {
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status status = Read(&batch);
    callbacks_->Rethrow();
    ThrowIfNotOk(status);
    if (batch == nullptr) return nb::none();
    return ExportToCapsules(*batch);
  }

  void Close() {
    const WithoutGil without_gil;
    std::unique_lock<std::timed_mutex> lock;
    LockOrThrow(&lock);
    if (reader_ == nullptr) return;
    last_ = reader_->report();
    spooled_rows_ = reader_->spooled_rows();
    reader_.reset();
    nb::gil_scoped_acquire acquire;
    callbacks_->Drop();
  }

  std::string ReportJson() {
    const WithoutGil without_gil;
    std::unique_lock<std::timed_mutex> lock;
    LockOrThrow(&lock);
    return (reader_ == nullptr ? last_ : reader_->report()).ToJson();
  }

  int64_t SpooledRows() {
    const WithoutGil without_gil;
    std::unique_lock<std::timed_mutex> lock;
    LockOrThrow(&lock);
    return reader_ == nullptr ? spooled_rows_ : reader_->spooled_rows();
  }

 private:
  /// Fails for the thread that is reading. Throws what a signal's handler raises while
  /// another thread reads. Without the GIL.
  arrow::Status Lock(std::unique_lock<std::timed_mutex>* lock) {
    if (reading_.load() == std::this_thread::get_id()) {
      return arrow::Status::Invalid(
          "the stream is being read: a callback or a source of it cannot use it");
    }
    *lock = std::unique_lock(mutex_, std::defer_lock);
    while (!lock->try_lock_for(kSignalInterval)) {
      nb::gil_scoped_acquire acquire;
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
    return arrow::Status::OK();
  }

  /// The same, as an exception.
  void LockOrThrow(std::unique_lock<std::timed_mutex>* lock) {
    const arrow::Status status = Lock(lock);
    if (status.ok()) return;
    nb::gil_scoped_acquire acquire;
    ThrowIfNotOk(status);
  }

  static constexpr std::chrono::milliseconds kSignalInterval{50};

  const std::shared_ptr<arrow::Schema> schema_;
  std::atomic<std::thread::id> reading_{};
  std::timed_mutex mutex_;  ///< guards what follows; never waited for with the GIL
  std::shared_ptr<StreamDedupReader> reader_;
  const Callbacks callbacks_;
  Report last_;
  int64_t spooled_rows_ = 0;
};

std::shared_ptr<Stream> NewStream(std::shared_ptr<StreamDedupReader> reader,
                                  Callbacks callbacks) {
  auto stream = std::make_shared<Stream>(std::move(reader), std::move(callbacks));
  open_streams.Add(stream);
  return stream;
}

/// A Stream as others read it, through a capsule.
class StreamReader : public arrow::RecordBatchReader {
 public:
  explicit StreamReader(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return stream_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    arrow::Status status;
    try {
      status = stream_->Read(batch);
    } catch (nb::python_error& error) {
      nb::gil_scoped_acquire acquire;
      const arrow::Status raised = arrow::Status::Cancelled(error.what());
      error.restore();
      PyErr_Clear();
      // So that the interpreter raises it as soon as it is back.
      PyErr_SetInterrupt();
      return raised;
    }
    if (status.ok()) return status;
    // A capsule carries no more than text.
    return AsStatus(arrow::Status(status.code(), FormatError(status)),
                    stream_->callbacks());
  }

 private:
  const std::shared_ptr<Stream> stream_;
};

StreamDedupOptions StreamOptionsOf(const Fields& fields) {
  StreamDedupOptions options;
  fields.Read("key", &options.key);
  ReadKeep(fields, &options.keep);
  fields.Read("order_by", &options.order_by);
  fields.Read("nan_equal", &options.nan_equal);
  fields.Read("source_name", &options.source_name);
  options.optimizations = OptimizationsOf(fields);
  return options;
}

/// Runs `verb` without the GIL, with callbacks. Throws what they raise, or what it fails
/// with.
template <typename Verb>
auto RunVerb(const Verb& verb, const Callbacks& callbacks, RunContext context) {
  // To collect all of them in a table is what streams are often read for.
  context.count_lent_batches = false;
  callbacks->Attach(&context);
  auto result = [&] {
    nb::gil_scoped_release release;
    callbacks->BeginReading();
    return verb(context);
  }();
  callbacks->EndReading();
  callbacks->Rethrow();
  return ValueOrThrow(std::move(result));
}

/// A source's iterator may outlive the verb.
std::function<arrow::Status()> KeeperOf(const Callbacks& callbacks) {
  return [callbacks] { return callbacks->KeepException(); };
}

std::shared_ptr<Stream> DropDuplicates(const nb::object& source, const nb::dict& options,
                                       const nb::dict& context) {
  const StreamDedupOptions read_options = StreamOptionsOf(Fields(options));
  const Fields fields(context);
  auto callbacks = std::make_shared<StreamCallbacks>(fields);
  auto opened = OpenSource(source, KeeperOf(callbacks));
  auto reader = RunVerb(
      [&](const RunContext& c) {
        return DedupStream(std::move(opened), read_options, c);
      },
      callbacks, RunContextOf(fields));
  return NewStream(std::move(reader), std::move(callbacks));
}

std::shared_ptr<Stream> StreamDataset(const nb::dict& options, const nb::dict& context) {
  const DedupOptions read_options = DedupOptionsOf(Fields(options));
  const Fields fields(context);
  auto callbacks = std::make_shared<StreamCallbacks>(fields);
  auto reader =
      RunVerb([&](const RunContext& c) { return DedupToStream(read_options, c); },
              callbacks, RunContextOf(fields));
  return NewStream(std::move(reader), std::move(callbacks));
}

nb::tuple Duplicated(const nb::object& source, const nb::dict& options,
                     const nb::dict& context) {
  const StreamDedupOptions read_options = StreamOptionsOf(Fields(options));
  const Fields fields(context);
  auto callbacks = std::make_shared<StreamCallbacks>(fields);
  auto opened = OpenSource(source, KeeperOf(callbacks));
  const auto mask = RunVerb(
      [&](const RunContext& c) {
        return FindDuplicates(std::move(opened), read_options, c);
      },
      callbacks, RunContextOf(fields));
  return ExportToCapsules(*mask);
}

}  // namespace

void BindStreamVerbs(nb::module_* module) {
  nb::class_<Stream>(*module, "Stream")
      .def("next", &Stream::Next)
      .def("schema", [](const Stream& self) { return ExportToCapsule(*self.schema()); })
      .def("export",
           [](const std::shared_ptr<Stream>& self) {
             return ExportToCapsule(std::make_shared<StreamReader>(self));
           })
      .def("report", &Stream::ReportJson)
      .def("spooled_rows", &Stream::SpooledRows)
      .def("close", &Stream::Close);
  module->def("close_streams", [] {
    for (const auto& known : open_streams.Take()) {
      if (const auto stream = known.lock()) stream->Close();
    }
  });
  module->def("drop_duplicates", &DropDuplicates);
  module->def("stream_dataset", &StreamDataset);
  module->def("duplicated", &Duplicated);
}

}  // namespace planish::python
