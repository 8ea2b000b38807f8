// SPDX-License-Identifier: Apache-2.0
#include "cli/dedup_stream.h"

#include <arrow/ipc/writer.h>
#include <arrow/util/compression.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/report_file.h"
#include "cli/standard_streams.h"
#include "cli/terminal.h"
#include "planish/quantities.h"
#include "planish/stream.h"

namespace planish::cli {
namespace {

constexpr char kVerb[] = "dedup";
constexpr char kStandard[] = "-";

bool ReadsInput(const DedupOptions& options) {
  const auto& inputs = options.dataset.inputs;
  return std::ranges::find(inputs, kStandard) != inputs.end();
}

/// What is wrong with asking that of streams, and what to do; empty if nothing is.
struct Objection {
  std::string message;
  std::string hint;
};

Objection ObjectToOutput(const DedupOptions& options, const RunArguments& run) {
  if (options.dry_run) {
    return {"--dry-run does not work with streams", "give files, and no --output"};
  }
  if (options.verify) {
    return {"--verify does not work with streams",
            "rows are gone before all are known: leave it out"};
  }
  if (run.json) {
    return {"--json would get in between the rows on standard output",
            "write it to a file with --report"};
  }
  const std::string& codec = options.writer.compression;
  if (!codec.empty() && codec != "none" && codec != "lz4" && codec != "zstd") {
    return {"Arrow IPC knows no such --compression: " + codec,
            "choose none, lz4 or zstd"};
  }
  if (IsTerminal(STDOUT_FILENO)) {
    return {"standard output is a terminal, and rows are not text",
            "redirect it: > out.arrows"};
  }
  return {};
}

Objection ObjectToInput(const DedupOptions& options) {
  if (options.dataset.inputs.size() > 1) {
    return {"standard input cannot be one of several inputs",
            "save it to a file, and give that instead of -"};
  }
  if (!options.output.empty() && options.output != kStandard) {
    return {"rows of standard input can only go to standard output",
            "redirect it: > out.arrows"};
  }
  if (options.scope == Scope::kPartition) {
    return {"--scope partition: standard input has no partitions", "leave it out"};
  }
  if (options.semantics == Semantics::kLoop) {
    return {"--semantics loop: standard input has no files to put in order",
            "leave it out"};
  }
  if (options.engine == Engine::kReference) {
    return {"--engine reference does not read streams",
            "save standard input to a file, and give that instead of -"};
  }
  const DatasetOptions& dataset = options.dataset;
  if (!dataset.include.empty() || !dataset.exclude.empty() || dataset.ignore_table_log ||
      dataset.allow_symlinks) {
    return {
        "--include, --exclude, --ignore-table-log and --allow-symlinks: standard "
        "input has no files",
        "leave them out"};
  }
  if (dataset.trust != Trust::kStatistics) {
    return {"--trust: standard input has no statistics", "leave it out"};
  }
  if (IsTerminal(STDIN_FILENO)) {
    return {"standard input is a terminal",
            "redirect it: < in.arrows, or give the path of a dataset"};
  }
  return {};
}

bool IsUsable(const DedupOptions& options, const RunArguments& run) {
  Objection objection = ReadsInput(options) ? ObjectToInput(options) : Objection{};
  if (objection.message.empty()) objection = ObjectToOutput(options, run);
  if (objection.message.empty()) return true;
  PrintUsageError(objection.message, kVerb, objection.hint);
  return false;
}

arrow::Result<std::shared_ptr<StreamDedupReader>> OpenReader(const DedupOptions& options,
                                                             const RunContext& context) {
  if (!ReadsInput(options)) {
    DedupOptions streamed = options;
    streamed.output.clear();
    return DedupToStream(streamed, context);
  }
  StreamDedupOptions stream;
  stream.key = options.key;
  stream.keep = options.keep;
  stream.order_by = options.order_by;
  stream.nan_equal = options.nan_equal;
  stream.optimizations = options.optimizations;
  stream.source_name = "standard input";
  return DedupIpcStream(StandardInput(), stream, context);
}

arrow::Result<arrow::ipc::IpcWriteOptions> WriteOptions(const WriterOptions& writer) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.use_threads = false;
  if (writer.compression.empty() || writer.compression == "none") return options;
  const auto codec = writer.compression == "lz4" ? arrow::Compression::LZ4_FRAME
                                                 : arrow::Compression::ZSTD;
  const int level =
      writer.compression_level.value_or(arrow::util::kUseDefaultCompressionLevel);
  ARROW_ASSIGN_OR_RAISE(options.codec, arrow::util::Codec::Create(codec, level));
  return options;
}

/// Ends a stream that is not complete in the middle of a message: readers take one that
/// ends behind a message for whole.
void BreakOff(StandardOutput* output) {
  const int32_t begin_of_message[] = {-1, 8};
  const arrow::Status written = output->Write(begin_of_message, sizeof(begin_of_message));
  // Whoever does not get this gets no end of the stream either.
  if (written.ok()) (void)output->Flush();
}

arrow::Status WriteRows(arrow::RecordBatchReader* reader,
                        const std::shared_ptr<StandardOutput>& output,
                        const arrow::ipc::IpcWriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        arrow::ipc::MakeStreamWriter(output, reader->schema(), options));
  while (true) {
    // Whoever reads may be waiting for just what was written last.
    ARROW_RETURN_NOT_OK(output->Flush());
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status read = reader->ReadNext(&batch);
    if (!read.ok()) {
      BreakOff(output.get());
      return read;
    }
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return output->Close();
}

int FailStream(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  if (Interrupted() && detail != nullptr && detail->kind == ErrorKind::kCancelled) {
    PrintWarning("interrupted: the rows written are not all there are");
    return kInterrupted;
  }
  return Fail(status);
}

/// One line on standard error.
void Summarize(const StreamDedupReader& reader) {
  const Report report = reader.report();
  std::string line = "kept " + FormatCount(report.rows_kept) + " of " +
                     FormatCount(report.rows_in) + " rows in " +
                     FormatSeconds(report.wall_seconds);
  if (reader.spooled_rows() > 0) {
    line += ", " + FormatCount(reader.spooled_rows()) + " of them by way of scratch";
  }
  std::fputs((line + "\n").c_str(), stderr);
}

}  // namespace

bool IsStreamed(const DedupOptions& options) {
  return ReadsInput(options) || options.output == kStandard;
}

int RunStreamedDedup(const DedupOptions& options, const RunArguments& run) {
  UseJsonErrors(false);  // whoever reads expects rows
  if (!IsUsable(options, run)) return kFailed;
  auto files = ReportFiles::Make(run.report, run.metrics);
  if (!files.ok()) return Fail(files.status());
  RunContext context = run.context;
  UseSystemTempDir(&context);
  context.cancel = CatchInterrupts();
  ProgressDisplay display(run.progress, run.log_level);
  display.Attach(&context);
  const auto write_options = WriteOptions(options.writer);
  if (!write_options.ok()) return Fail(write_options.status());
  const auto reader = OpenReader(options, context);
  if (!reader.ok()) {
    display.Finish();
    return FailStream(reader.status());
  }
  auto output = std::make_shared<StandardOutput>();
  const arrow::Status written = WriteRows(reader->get(), output, *write_options);
  display.Finish();
  if (output->reader_gone()) return kReaderGone;
  if (!written.ok()) return FailStream(written);
  if (run.progress != ProgressStyle::kNone) Summarize(**reader);
  const Report report = (*reader)->report();
  const arrow::Status told =
      files->Finish(report.ToJson(), report.ToPrometheus(run.metric_labels));
  if (!told.ok()) PrintWarning("the rows are complete, but " + told.message());
  return kDone;
}

}  // namespace planish::cli
