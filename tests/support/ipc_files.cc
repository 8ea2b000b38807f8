// SPDX-License-Identifier: Apache-2.0
#include "support/ipc_files.h"

#include <filesystem>
#include <fstream>

#include "arrow/buffer.h"
#include "arrow/io/memory.h"
#include "arrow/ipc/reader.h"
#include "arrow/ipc/writer.h"

namespace planish {

arrow::Result<std::string> IpcBytes(const arrow::RecordBatchVector& batches,
                                    IpcFormat format) {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  const auto& schema = batches.front()->schema();
  ARROW_ASSIGN_OR_RAISE(auto writer, format == IpcFormat::kFile
                                         ? arrow::ipc::MakeFileWriter(sink, schema)
                                         : arrow::ipc::MakeStreamWriter(sink, schema));
  for (const auto& batch : batches) {
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(auto buffer, sink->Finish());
  return buffer->ToString();
}

arrow::Status WriteIpc(const arrow::RecordBatchVector& batches, const std::string& path,
                       IpcFormat format) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, IpcBytes(batches, format));
  std::ofstream(path, std::ios::binary) << bytes;
  return arrow::Status::OK();
}

arrow::Result<arrow::RecordBatchVector> ReadIpcBytes(const std::string& bytes) {
  auto stream =
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(stream));
  return reader->ToRecordBatches();
}

}  // namespace planish
