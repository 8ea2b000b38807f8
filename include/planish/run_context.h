// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "arrow/status.h"

/// \file
/// How a run is carried out, whatever it does. Nothing here changes a result.

namespace planish {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// One state of a run, as handed to progress callbacks.
struct Progress {
  /// "dataset", "scan", "winners", "rewrite", "publish", "verify" or "describe"; of
  /// streams also "stream", "spool" and "emit".
  std::string stage;
  int64_t rows_done = 0;    ///< rows this stage has handled
  int64_t rows_total = 0;   ///< rows this stage will handle
  int64_t bytes_done = 0;   ///< bytes of input this stage has handled
  int64_t bytes_total = 0;  ///< bytes of input this stage will handle
  double seconds = 0;       ///< wall time since the run started
  /// Estimated seconds left in this stage; negative while nothing is known.
  double seconds_left = -1;
};

/// How rows are cut into the chunks that worker threads take. A chunk never holds rows of
/// two files, except with `kOff`.
enum class ChunkMode {
  /// Row groups or runs of them, sized by the bytes per row that footers tell and by what
  /// is left of the memory limit; small inputs run in one chunk. `chunk_rows` and
  /// `chunk_bytes`, where set, bound the size.
  kAuto,
  kRows,      ///< `chunk_rows` each
  kBytes,     ///< as many rows as take `chunk_bytes` in the files, compressed
  kRowGroup,  ///< one row group each
  kFile,      ///< one file each
  kOff,       ///< everything in one, on one thread
};

/// The mode's name on the command line and in reports, for example "row-group".
const char* ChunkModeName(ChunkMode mode);

/// Options of the engine room. Copied by the run; the callbacks must outlive it.
struct RunContext {
  /// Worker threads; 0 means one for each processor that the process may use.
  int threads = 0;

  /// Bound of the memory planish accounts for, in bytes. At least 1 MiB.
  int64_t memory_limit = int64_t{2} * 1000 * 1000 * 1000;

  /// Of streams: whether a batch counts for as long as the caller keeps it. False: once
  /// handed out it is the caller's affair, and only told by what the process has
  /// resident.
  bool count_lent_batches = true;

  /// Directory for scratch, made if it is missing; empty means the one that the output is
  /// made in. A run without an output has no such place: it needs this to be set, or
  /// fails (kMemoryLimit) when it would have to spill.
  std::string temp_dir;

  /// Most bytes of scratch at any time; at least 1. Unset: what the disk holds.
  std::optional<int64_t> temp_limit;

  /// The size of chunks changes memory and speed only. Of the two sizes, each at least 1,
  /// only those may be set that the mode uses.
  ChunkMode chunk = ChunkMode::kAuto;
  std::optional<int64_t> chunk_rows;   ///< kRows without it: kDefaultChunkRows
  std::optional<int64_t> chunk_bytes;  ///< needed by kBytes

  static constexpr int64_t kDefaultChunkRows = 1'000'000;

  /// Whether files and directories reach the disk (fsync) before a result is published.
  /// Without it a result survives a killed process, but not a power cut within the next
  /// seconds.
  bool sync = true;

  /// With OnError::kRetry: the pause before a failed read is made again. It doubles with
  /// each further attempt, up to 5 s. Not negative.
  std::chrono::milliseconds retry_delay{100};

  /// Called when a stage begins, and after chunks of work. This and `on_log` are called
  /// on one thread only: the one that called planish, or that is pulling a batch out of a
  /// stream of it. What other threads of the run have done or said is told by the next
  /// call; they wait while a call lasts. A status other than OK stops the run, which then
  /// fails with that status and publishes nothing; after it, there is no further call.
  std::function<arrow::Status(const Progress&)> on_progress;

  /// Called for each log message, as `on_progress` is.
  std::function<void(LogLevel, const std::string&)> on_log;

  /// Set to true from any thread (or a signal handler) to stop the run: at its next
  /// chunk, read, step of a copy or pause between attempts. It then fails with
  /// kCancelled.
  const std::atomic<bool>* cancel = nullptr;

  /// An error if a field is out of range.
  arrow::Status Validate() const;
};

}  // namespace planish
