// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "dataset/input_discovery.h"
#include "io/file_system.h"
#include "io/scratch_directory.h"
#include "planish/writer_options.h"

namespace planish {

/// Arrow IPC files among the inputs of a dataset, of either format, made Parquet files in
/// scratch: there is one kind of data file only for all that follows. One thread.
class IpcImport {
 public:
  /// Without `scratch`, IPC files are an error. What is held of a file at a time is
  /// bounded by a share of `memory_limit`. `writer` says how the Parquet files are
  /// encoded. All must outlive it; the files live as long as `scratch`.
  IpcImport(FileSystem* fs, ScratchDirectory* scratch, int64_t memory_limit,
            const WriterOptions& writer, arrow::MemoryPool* pool)
      : fs_(fs),
        scratch_(scratch),
        memory_limit_(memory_limit),
        writer_(writer),
        pool_(pool) {}

  /// Finds out which files are IPC, by their first bytes, and gives their relative paths
  /// the extension .parquet instead of .arrow, .arrows, .feather or .ipc, or besides any
  /// other. Files called .parquet are not looked at. Returns a flag for each. Errors:
  /// kInvalidOption where that gives two files one relative path; those of opening are
  /// left to whoever reads the file.
  arrow::Result<std::vector<bool>> Identify(std::vector<DiscoveredFile>* files) const;

  /// Writes the rows of an IPC file to a Parquet file and returns its path. Errors, which
  /// name the file: those of ReadIpcFile, kUnsupported for a type that Parquet has not,
  /// kDiskFull, kIo.
  arrow::Result<std::string> Import(const std::string& path) const;

 private:
  arrow::Status Write(const std::string& from, const std::string& to) const;

  FileSystem* const fs_;
  ScratchDirectory* const scratch_;
  const int64_t memory_limit_;
  const WriterOptions& writer_;
  arrow::MemoryPool* const pool_;
};

}  // namespace planish
