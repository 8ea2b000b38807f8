// SPDX-License-Identifier: Apache-2.0
#include "dataset/data_file_names.h"

#include <algorithm>
#include <cstdint>

#include "format/ipc_source.h"

namespace planish {
namespace {

constexpr std::string_view kParquetExtensions[] = {".parquet", ".parq", ".pq"};
constexpr std::string_view kIpcExtensions[] = {".arrow", ".arrows", ".feather", ".ipc"};

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether there is something before `extension` at the end of `name`.
bool EndsIn(std::string_view name, std::string_view extension) {
  return name.size() > extension.size() &&
         std::ranges::equal(name.substr(name.size() - extension.size()), extension, {},
                            Lower);
}

}  // namespace

bool HasParquetName(std::string_view name) {
  return std::ranges::any_of(kParquetExtensions, [&](std::string_view extension) {
    return EndsIn(name, extension);
  });
}

std::string_view IpcExtension(std::string_view name) {
  for (const std::string_view extension : kIpcExtensions) {
    if (EndsIn(name, extension)) return name.substr(name.size() - extension.size());
  }
  return {};
}

bool HasExtension(std::string_view name) {
  return name.find('.') != std::string_view::npos;
}

arrow::Result<FirstBytes> LookAtFirstBytes(FileSystem* fs, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto input, fs->OpenInput(path));
  char bytes[4] = {};
  if (input->size() >= static_cast<int64_t>(sizeof(bytes))) {
    ARROW_RETURN_NOT_OK(input->ReadAt(0, sizeof(bytes), bytes));
  }
  const std::string_view begin(bytes, sizeof(bytes));
  if (begin == "PAR1" || begin == "PARE") return FirstBytes::kParquet;
  ARROW_ASSIGN_OR_RAISE(const bool is_ipc, IsIpc(*input));
  return is_ipc ? FirstBytes::kIpc : FirstBytes::kOther;
}

}  // namespace planish
