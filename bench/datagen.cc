// SPDX-License-Identifier: Apache-2.0
// Makes the datasets of the benchmarks and the demo. See bench/README.md.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "arrow/io/file.h"
#include "arrow/table.h"
#include "data_shapes.h"
#include "parquet/arrow/reader.h"
#include "parquet/arrow/writer.h"
#include "parquet/properties.h"

namespace planish::bench {
namespace {

constexpr const char* kUsage =
    "usage: planish_datagen generate DIRECTORY [--rows N] [--files N] [--seed N]\n"
    "           [--key random|sorted|hash] [--duplicates SHARE] [--narrow] "
    "[--redeliver]\n"
    "           [--row-group-rows N] [--codec snappy|zstd|none]\n"
    "       planish_datagen split FILE DIRECTORY [--files N]\n";

constexpr int64_t kBatchRows = 128 * 1024;

struct Arguments {
  std::vector<std::string> words;
  std::map<std::string, std::string> options;

  std::string Get(const std::string& name, const std::string& otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
  }
  int64_t Number(const std::string& name, int64_t otherwise) const {
    return std::stoll(Get(name, std::to_string(otherwise)));
  }
  bool Has(const std::string& name) const { return options.count(name) != 0; }
};

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("--", 0) != 0) {
      arguments.words.push_back(word);
    } else if (word == "--narrow" || word == "--redeliver") {
      arguments.options[word] = "";
    } else if (i + 1 < argc) {
      arguments.options[word] = argv[++i];
    }
  }
  return arguments;
}

std::string FileName(const std::string& directory, int64_t file) {
  char name[64];
  std::snprintf(name, sizeof(name), "/part-%05d.parquet", static_cast<int>(file));
  return directory + name;
}

arrow::Result<std::unique_ptr<parquet::arrow::FileWriter>> OpenWriter(
    const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
    arrow::Compression::type codec, int64_t row_group_rows) {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::FileOutputStream::Open(path));
  auto properties = parquet::WriterProperties::Builder()
                        .compression(codec)
                        ->max_row_group_length(row_group_rows)
                        // Columns of random words would only overflow a dictionary.
                        ->disable_dictionary("id")
                        ->disable_dictionary("amount")
                        ->disable_dictionary("score")
                        ->disable_dictionary("token")
                        ->disable_dictionary("time")
                        ->disable_dictionary("device")
                        ->build();
  return parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), sink,
                                          properties);
}

arrow::Status Generate(const Arguments& arguments) {
  Shape shape;
  const std::string key = arguments.Get("--key", "random");
  shape.key = key == "sorted" ? Shape::Key::kSorted
              : key == "hash" ? Shape::Key::kHash
                              : Shape::Key::kRandom;
  shape.duplicates = std::stod(arguments.Get("--duplicates", "0.1"));
  shape.wide = !arguments.Has("--narrow");
  shape.seed = static_cast<uint64_t>(arguments.Number("--seed", 42));
  const int64_t rows = arguments.Number("--rows", 1'000'000);
  const int64_t files = arguments.Number("--files", 4);
  const int64_t row_group_rows = arguments.Number("--row-group-rows", kBatchRows);
  ARROW_ASSIGN_OR_RAISE(const auto codec, arrow::util::Codec::GetCompressionType(
                                              arguments.Get("--codec", "snappy") == "none"
                                                  ? "uncompressed"
                                                  : arguments.Get("--codec", "snappy")));
  const std::string directory = arguments.words[1];
  std::filesystem::create_directories(directory);
  for (int64_t file = 0; file < files; ++file) {
    const int64_t begin = rows * file / files, end = rows * (file + 1) / files;
    ARROW_ASSIGN_OR_RAISE(
        auto writer,
        OpenWriter(FileName(directory, file), SchemaOf(shape), codec, row_group_rows));
    for (int64_t row = begin; row < end; row += kBatchRows) {
      ARROW_ASSIGN_OR_RAISE(auto batch,
                            MakeRows(shape, row, std::min(kBatchRows, end - row)));
      ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
    }
    ARROW_RETURN_NOT_OK(writer->Close());
  }
  if (arguments.Has("--redeliver")) {
    std::filesystem::copy_file(FileName(directory, files / 2),
                               FileName(directory, files));
  }
  return arrow::Status::OK();
}

arrow::Status Split(const Arguments& arguments) {
  const int64_t files = arguments.Number("--files", 8);
  const std::string directory = arguments.words[2];
  std::filesystem::create_directories(directory);
  ARROW_ASSIGN_OR_RAISE(auto source, arrow::io::ReadableFile::Open(arguments.words[1]));
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        parquet::arrow::OpenFile(source, arrow::default_memory_pool()));
  std::shared_ptr<arrow::Table> table;
  ARROW_ASSIGN_OR_RAISE(table, reader->ReadTable());
  const auto codec = arrow::Compression::ZSTD;
  for (int64_t file = 0; file < files; ++file) {
    const int64_t begin = table->num_rows() * file / files;
    const int64_t end = table->num_rows() * (file + 1) / files;
    ARROW_ASSIGN_OR_RAISE(auto writer, OpenWriter(FileName(directory, file),
                                                  table->schema(), codec, kBatchRows));
    ARROW_RETURN_NOT_OK(
        writer->WriteTable(*table->Slice(begin, end - begin), kBatchRows));
    ARROW_RETURN_NOT_OK(writer->Close());
  }
  return arrow::Status::OK();
}

int Main(int argc, char** argv) {
  const Arguments arguments = Parse(argc, argv);
  arrow::Status status = arrow::Status::Invalid(kUsage);
  if (arguments.words.size() == 2 && arguments.words[0] == "generate") {
    status = Generate(arguments);
  } else if (arguments.words.size() == 3 && arguments.words[0] == "split") {
    status = Split(arguments);
  }
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 2;
}

}  // namespace
}  // namespace planish::bench

int main(int argc, char** argv) {
  return planish::bench::Main(argc, argv);
}
