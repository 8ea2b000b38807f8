// SPDX-License-Identifier: Apache-2.0
// Arrow IPC, as a stream read front to back and as a file read by its footer.
#include <memory>
#include <string>

#include "arrow/buffer.h"
#include "arrow/io/memory.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "bounded_pool.h"
#include "format/ipc_source.h"
#include "fuzz_target.h"
#include "support/memory_files.h"

namespace {

void ReadAll(arrow::RecordBatchReader* reader) {
  std::shared_ptr<arrow::RecordBatch> batch;
  while (reader->ReadNext(&batch).ok() && batch != nullptr) {
    planish::fuzz::Require(batch->ValidateFull().ok(),
                           "a batch that is handed out is valid");
    planish::fuzz::Require(batch->schema()->Equals(*reader->schema()),
                           "a batch has its reader's schema");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(planish::fuzz::Bytes(data, size));
  planish::fuzz::BoundedPool pool;
  {
    const auto source =
        std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
    const auto reader = planish::ReadIpcStream(source, "stream", &pool);
    if (reader.ok()) ReadAll(reader->get());
  }
  {
    const auto file = std::make_shared<planish::MemoryInput>(bytes);
    const auto is_ipc = planish::IsIpc(*file);
    const auto reader = planish::ReadIpcFile(file, &pool);
    planish::fuzz::Require(!reader.ok() || (is_ipc.ok() && *is_ipc),
                           "what is read as IPC is recognised as IPC");
    if (reader.ok()) ReadAll(reader->get());
  }
  planish::fuzz::Require(pool.bytes_allocated() == 0, "every buffer is given back");
  return 0;
}
