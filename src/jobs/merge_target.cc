// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_target.h"

#include <string>
#include <utility>

#include "arrow/type_traits.h"
#include "base/error_builder.h"
#include "dataset/glob.h"
#include "dataset/partition_path.h"
#include "dataset/path.h"
#include "dataset/schema_agreement.h"
#include "format/batch_writer.h"
#include "format/changed_columns.h"
#include "jobs/merge_question.h"
#include "jobs/option_checks.h"
#include "jobs/other_files.h"

namespace planish {

namespace {

Error MissingTarget(const MergeOptions& options, const char* what) {
  Error error(ErrorKind::kMissingPath, what + options.target);
  const bool may_create = options.strategy == MergeStrategy::kInsert ||
                          options.strategy == MergeStrategy::kUpsert;
  return error.Hint(may_create
                        ? "check the path; `create` makes a new dataset there"
                        : "check the path; only insert and upsert create a target");
}

/// A directory that planish has filled, for a target.
DatasetOptions OwnDataset(const std::string& directory) {
  DatasetOptions dataset;
  dataset.inputs = {directory};
  dataset.missing_columns = MissingColumns::kNull;
  return dataset;
}

/// A value that has the type of a hive column for the only one of it.
PartitionText StandInFor(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) ? "0" : "a";
}

/// A file without rows, in scratch. Arrow makes one with timestamps in the place of
/// INT96, which the other then is like, but for those.
arrow::Status WriteEmptyFile(Run* run, const arrow::FieldVector& fields,
                             const std::string& path) {
  arrow::FieldVector plain;
  SchemaChange int96;
  for (const auto& field : fields) {
    const auto column = static_cast<int>(plain.size());
    plain.push_back(field);
    if (!IsInt96(*field)) continue;
    plain.back() = arrow::field(field->name(), arrow::timestamp(arrow::TimeUnit::NANO));
    int96.retyped.push_back({column, field});
  }
  FileSystem* const files = run->scratch()->files();
  std::string model_path = path;
  if (!int96.empty()) {
    ARROW_ASSIGN_OR_RAISE(model_path, run->scratch()->NewPath("model"));
  }
  ARROW_ASSIGN_OR_RAISE(
      auto writer,
      BatchWriter::Make(files, model_path, arrow::schema(plain), {}, run->pool()));
  ARROW_RETURN_NOT_OK(writer->Finish());
  if (int96.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto input, files->OpenInput(model_path));
  ARROW_ASSIGN_OR_RAISE(const auto model,
                        ParquetFile::Open(std::move(input), run->pool()));
  ARROW_ASSIGN_OR_RAISE(
      writer, BatchWriter::MakeLike(files, path, *model, int96, {}, run->pool()));
  return writer->Finish();
}

arrow::Result<std::shared_ptr<const Inventory>> MakeStandIn(Run* run,
                                                            const MergeOptions& options,
                                                            const Inventory& source) {
  if (run->scratch() == nullptr) {
    return Error(ErrorKind::kInvalidOption, "a target that does not exist needs scratch")
        .Hint("set `temp_dir`");
  }
  std::vector<int> columns;
  for (int i = 0; i < source.num_data_columns(); ++i) columns.push_back(i);
  ARROW_RETURN_NOT_OK(source.CheckTypesAgree(columns));
  ARROW_ASSIGN_OR_RAISE(const std::string root, run->scratch()->NewPath("target"));
  std::string directory = root;
  arrow::FieldVector fields;
  for (int i = 0; i < source.schema()->num_fields(); ++i) {
    const auto& field = source.schema()->field(i);
    if (i >= source.num_data_columns()) {
      directory = JoinPath(directory,
                           HiveDirectoryName(field->name(), StandInFor(*field->type())));
    } else if (field->name() != options.delete_when) {
      fields.push_back(field);
    }
  }
  ARROW_RETURN_NOT_OK(run->fs()->MakeDirectories(directory));
  ARROW_RETURN_NOT_OK(WriteEmptyFile(run, fields, JoinPath(directory, "empty.parquet")));
  return Inventory::MakeOfOwnFiles(run->fs(), OwnDataset(root), /*hive=*/true,
                                   /*by_size=*/false, run->pool());
}

struct FoundTarget {
  bool holds_data = false;
  std::string other_files;  ///< what there is instead
};

arrow::Result<FoundTarget> LookForTarget(Run* run, const DatasetOptions& dataset) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, run->fs()->Stat(dataset.inputs.front()));
  if (!status.exists) return FoundTarget{};
  const auto found = DiscoverFiles(run->fs(), dataset, DirectoryFiles::kParquet);
  if (found.ok()) return FoundTarget{true, ""};
  const ErrorDetail* detail = GetErrorDetail(found.status());
  if (detail == nullptr || detail->kind != ErrorKind::kEmptyDataset) {
    return found.status();
  }
  FoundTarget nothing;
  for (const auto& [name, value] : detail->facts) {
    if (name == kOtherFilesFact) nothing.other_files = value;
  }
  return nothing;
}

}  // namespace

/// Files of a target may lack columns that later ones have.
DatasetOptions TargetDataset(const MergeOptions& options) {
  DatasetOptions dataset = OwnDataset(options.target);
  dataset.include = options.include;
  dataset.exclude = options.exclude;
  dataset.ignore_table_log = options.ignore_table_log;
  dataset.trust = options.trust;
  dataset.allow_symlinks = options.source.allow_symlinks;
  return dataset;
}

arrow::Status CheckTarget(Run* run, const MergeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, run->fs()->Stat(options.target));
  if (status.exists || HasWildcard(options.target)) {
    return CheckIsDirectory(run->fs(), options.target, "the target");
  }
  if (options.create) return arrow::Status::OK();
  return MissingTarget(options, "the target does not exist: ");
}

arrow::Result<std::shared_ptr<const Inventory>> WithColumnsOf(
    const Inventory& source, const MergeOptions& options,
    std::shared_ptr<const Inventory> target) {
  arrow::FieldVector fields;
  for (int column = 0; column < source.schema()->num_fields(); ++column) {
    const auto& field = source.schema()->field(column);
    const std::string& name = field->name();
    if (name == options.delete_when || target->schema()->GetFieldIndex(name) >= 0) {
      continue;
    }
    ARROW_RETURN_NOT_OK(source.CheckTypesAgree({column}));
    if (HasFixedSizeList(*field->type())) {
      return Error(ErrorKind::kUnsupported,
                   "a column with lists of fixed size cannot be added: " + name)
          .Column(name)
          .Hint("make them ordinary lists, or set extra-columns to ignore");
    }
    fields.push_back(field->WithNullable(true));
  }
  return fields.empty() ? std::move(target) : target->WithColumns(fields);
}

arrow::Result<std::shared_ptr<const Inventory>> OpenResult(Run* run,
                                                           const std::string& view,
                                                           const Inventory& target) {
  DatasetOptions dataset = OwnDataset(view);
  // What is held against the values is not to be taken from what files say of them.
  dataset.trust = Trust::kNothing;
  ARROW_ASSIGN_OR_RAISE(auto result,
                        Inventory::MakeOfOwnFiles(run->fs(), dataset, /*hive=*/true,
                                                  /*by_size=*/false, run->pool()));
  arrow::FieldVector gone;
  for (int i = 0; i < target.num_data_columns(); ++i) {
    const auto& field = target.schema()->field(i);
    if (result->schema()->GetFieldIndex(field->name()) < 0) gone.push_back(field);
  }
  return gone.empty() ? std::move(result) : result->WithColumns(gone);
}

arrow::Result<MergeTarget> OpenTarget(Run* run, const MergeOptions& options,
                                      const Inventory& source, SkippedChunks* skipped,
                                      Report* report) {
  ARROW_RETURN_NOT_OK(CheckTarget(run, options));
  DatasetOptions dataset = TargetDataset(options);
  ARROW_ASSIGN_OR_RAISE(const FoundTarget looked, LookForTarget(run, dataset));
  dataset.ignore_table_log = true;  // there is none, or it is ignored
  MergeTarget target;
  target.exists = looked.holds_data;
  if (target.exists) {
    ARROW_ASSIGN_OR_RAISE(
        const auto found,
        Inventory::Make(run->fs(), dataset, /*hive=*/true,
                        /*by_size=*/false, run->pool(), skipped->FileSkipper()));
    NoteOtherFiles(run, *found, report);
    ARROW_ASSIGN_OR_RAISE(target.inventory, skipped->Rest(found));
    return target;
  }
  if (!options.create) {
    Error error = MissingTarget(options, "the target holds no data file: ");
    if (!looked.other_files.empty()) error.Fact(kOtherFilesFact, looked.other_files);
    return error;
  }
  if (!looked.other_files.empty()) {
    run->Log(LogLevel::kWarning, "the target that is made has files that are not data: " +
                                     looked.other_files);
  }
  ARROW_ASSIGN_OR_RAISE(target.inventory, MakeStandIn(run, options, source));
  return target;
}

}  // namespace planish
