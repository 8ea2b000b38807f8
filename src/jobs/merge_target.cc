// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_target.h"

#include <string>
#include <utility>

#include "base/error_builder.h"
#include "dataset/partition_path.h"
#include "dataset/path.h"
#include "dataset/schema_agreement.h"
#include "format/added_columns.h"
#include "format/batch_writer.h"
#include "jobs/merge_question.h"

namespace planish {

namespace {

arrow::Status MissingTarget(const std::string& target) {
  return Error(ErrorKind::kMissingPath, "the target does not exist: " + target)
      .Hint("only insert and upsert create it");
}

/// Files of a target may lack columns that later ones have.
DatasetOptions TargetDataset(const std::string& directory) {
  DatasetOptions dataset;
  dataset.inputs = {directory};
  dataset.missing_columns = MissingColumns::kNull;
  return dataset;
}

arrow::Result<bool> HasFiles(Run* run, const std::string& directory) {
  const auto found = DiscoverFiles(run->fs(), {directory});
  if (found.ok()) return true;
  const ErrorDetail* detail = GetErrorDetail(found.status());
  if (detail != nullptr && detail->kind == ErrorKind::kEmptyDataset) return false;
  return found.status();
}

/// A value that has the type of a hive column for the only one of it.
PartitionText StandInFor(const arrow::DataType& type) {
  return type.id() == arrow::Type::INT64 ? "0" : "a";
}

arrow::Result<std::shared_ptr<const Inventory>> MakeStandIn(Run* run,
                                                            const MergeOptions& options,
                                                            const Inventory& source) {
  if (run->scratch() == nullptr) {
    return Error(ErrorKind::kInvalidOption, "a target that does not exist needs scratch")
        .Hint("set temp_dir");
  }
  ARROW_ASSIGN_OR_RAISE(const std::string root, run->scratch()->NewPath("target"));
  std::string directory = root;
  arrow::FieldVector fields;
  for (int i = 0; i < source.schema()->num_fields(); ++i) {
    const auto& field = source.schema()->field(i);
    if (i >= source.num_data_columns()) {
      directory = JoinPath(directory,
                           HiveDirectoryName(field->name(), StandInFor(*field->type())));
    } else if (field->name() != options.delete_when) {
      fields.push_back(
          IsInt96(*field)
              ? arrow::field(field->name(), arrow::timestamp(arrow::TimeUnit::NANO))
              : field);
    }
  }
  ARROW_RETURN_NOT_OK(run->fs()->MakeDirectories(directory));
  ARROW_ASSIGN_OR_RAISE(
      auto writer,
      BatchWriter::Make(run->scratch()->files(), JoinPath(directory, "empty.parquet"),
                        arrow::schema(std::move(fields)), {}, run->pool()));
  ARROW_RETURN_NOT_OK(writer->Finish());
  return Inventory::Make(run->fs(), TargetDataset(root), /*hive=*/true, /*by_size=*/false,
                         run->pool());
}

}  // namespace

arrow::Result<std::shared_ptr<const Inventory>> WithColumnsOf(
    const Inventory& source, const MergeOptions& options,
    std::shared_ptr<const Inventory> target) {
  arrow::FieldVector fields;
  for (const auto& field : source.schema()->fields()) {
    const std::string& name = field->name();
    if (name == options.delete_when || target->schema()->GetFieldIndex(name) >= 0) {
      continue;
    }
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
  ARROW_ASSIGN_OR_RAISE(auto result,
                        Inventory::Make(run->fs(), TargetDataset(view), /*hive=*/true,
                                        /*by_size=*/false, run->pool()));
  arrow::FieldVector gone;
  for (int i = 0; i < target.num_data_columns(); ++i) {
    const auto& field = target.schema()->field(i);
    if (result->schema()->GetFieldIndex(field->name()) < 0) gone.push_back(field);
  }
  return gone.empty() ? std::move(result) : result->WithColumns(gone);
}

arrow::Result<MergeTarget> OpenTarget(Run* run, const MergeOptions& options,
                                      const Inventory& source, SkippedChunks* skipped) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, run->fs()->Stat(options.target));
  if (status.exists && status.kind != EntryKind::kDirectory) {
    return Error(ErrorKind::kInvalidOption,
                 "the target is not a directory: " + options.target)
        .Hint("name the directory that the dataset's files are in");
  }
  MergeTarget target;
  if (status.exists) {
    ARROW_ASSIGN_OR_RAISE(target.exists, HasFiles(run, options.target));
  } else {
    target.exists = false;
  }
  if (target.exists) {
    ARROW_ASSIGN_OR_RAISE(
        const auto found,
        Inventory::Make(run->fs(), TargetDataset(options.target), /*hive=*/true,
                        /*by_size=*/false, run->pool(), skipped->FileSkipper()));
    ARROW_ASSIGN_OR_RAISE(target.inventory, skipped->Rest(found));
    return target;
  }
  if (options.strategy != MergeStrategy::kInsert &&
      options.strategy != MergeStrategy::kUpsert) {
    return MissingTarget(options.target);
  }
  ARROW_ASSIGN_OR_RAISE(target.inventory, MakeStandIn(run, options, source));
  return target;
}

}  // namespace planish
