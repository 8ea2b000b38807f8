// SPDX-License-Identifier: Apache-2.0
#include "format/parquet_file.h"

#include <utility>

#include "base/error_builder.h"
#include "format/arrow_parquet_file.h"
#include "format/parquet_boundary.h"

namespace planish {

arrow::Result<std::shared_ptr<ParquetFile>> ParquetFile::Open(
    std::shared_ptr<InputFile> file, arrow::MemoryPool* pool) {
  const std::string path = file->path();
  std::shared_ptr<ParquetFile> result;
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(Footer footer, Footer::Read(*file, pool));
    ARROW_ASSIGN_OR_RAISE(
        result, ArrowParquetFile::Make(std::move(file), std::move(footer), pool));
    return arrow::Status::OK();
  });
  if (status.ok()) return result;
  return AddContext(status, KindOfReadError(status), path);
}

}  // namespace planish
