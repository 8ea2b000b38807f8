// SPDX-License-Identifier: Apache-2.0
#include "planish/report.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "planish/check.h"
#include "planish/inspect.h"
#include "planish/recover.h"
#include "planish/restore.h"
#include "planish/version.h"

namespace planish {
namespace {

using Json = nlohmann::ordered_json;

// Paths and column names are bytes; what is not UTF-8 in them is replaced, never an
// exception.
std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

double Rate(double amount, double seconds) {
  return seconds > 0 ? amount / seconds : 0;
}

Json OptionalText(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json();
}

Json FatesToJson(const FateCounts& fates) {
  return {{"copied", fates.copied},
          {"transcoded", fates.transcoded},
          {"dropped", fates.dropped},
          {"skipped", fates.skipped},
          {"untouched", fates.untouched}};
}

Json StagesToJson(const std::vector<StageReport>& stages) {
  Json json = Json::array();
  for (const StageReport& stage : stages) {
    json.push_back({{"name", stage.name},
                    {"wall_seconds", stage.wall_seconds},
                    {"cpu_seconds", stage.cpu_seconds},
                    {"spilled_bytes", stage.spilled_bytes},
                    {"spilled_blocks", stage.spilled_blocks}});
  }
  return json;
}

Json TimelineToJson(const std::vector<MemorySample>& timeline) {
  Json json = Json::array();
  for (const MemorySample& sample : timeline) {
    json.push_back({{"seconds", sample.seconds},
                    {"resident_bytes", sample.resident_bytes},
                    {"accounted_bytes", sample.accounted_bytes},
                    {"stage", sample.stage}});
  }
  return json;
}

Json MemoryToJson(const MemoryReport& memory) {
  return {{"limit_bytes", memory.limit_bytes},
          {"peak_resident_bytes", memory.peak_resident_bytes},
          {"peak_accounted_bytes", memory.peak_accounted_bytes},
          {"peak_pool_bytes", memory.peak_pool_bytes},
          {"estimated_bytes", memory.estimated_bytes},
          {"timeline", TimelineToJson(memory.timeline)}};
}

Json ScratchToJson(const ScratchReport& scratch) {
  return {{"limit_bytes", scratch.limit_bytes > 0 ? Json(scratch.limit_bytes) : Json()},
          {"peak_bytes", scratch.peak_bytes},
          {"spilled_bytes", scratch.spilled_bytes},
          {"spilled_blocks", scratch.spilled_blocks}};
}

Json ChunkSizesToJson(const ChunkSizes& sizes) {
  return {{"min_rows", sizes.min_rows},     {"mean_rows", sizes.mean_rows},
          {"max_rows", sizes.max_rows},     {"min_bytes", sizes.min_bytes},
          {"mean_bytes", sizes.mean_bytes}, {"max_bytes", sizes.max_bytes}};
}

Json FiguresToJson(const RunFigures& figures) {
  return {{"rows", figures.rows},
          {"bytes", figures.bytes},
          {"peak_memory_bytes", figures.peak_memory_bytes},
          {"spilled_bytes", figures.spilled_bytes},
          {"seconds", figures.seconds}};
}

Json EngineToJson(const EngineReport& engine) {
  return {{"name", engine.name},
          {"key_form", engine.key_form},
          {"key_bytes", engine.key_bytes},
          {"batches", engine.batches},
          {"partitions", engine.partitions},
          {"records", engine.records},
          {"candidates", engine.candidates},
          {"decoded_column_chunks", engine.decoded_column_chunks},
          {"copied_column_chunks", engine.copied_column_chunks}};
}

Json MetadataFilesToJson(const std::vector<MetadataFileReport>& files) {
  Json json = Json::array();
  for (const MetadataFileReport& file : files) {
    json.push_back({{"file", file.file},
                    {"outcome", file.outcome},
                    {"reason", file.reason.empty() ? Json() : Json(file.reason)}});
  }
  return json;
}

Json PublishToJson(const PublishReport& publish) {
  return {{"mode", publish.mode.empty() ? Json() : Json(publish.mode)},
          {"files_replaced", publish.files_replaced},
          {"files_added", publish.files_added},
          {"files_removed", publish.files_removed},
          {"checksums_removed", publish.checksums_removed},
          {"metadata_files", MetadataFilesToJson(publish.metadata_files)},
          {"recovered", publish.recovered.empty() ? Json() : Json(publish.recovered)},
          {"backup", publish.backup.empty() ? Json() : Json(publish.backup)}};
}

Json MergeToJson(const MergeReport& merge) {
  return {{"source_rows", merge.source_rows},
          {"source_duplicates", merge.source_duplicates},
          {"inserted", merge.inserted},
          {"updated", merge.updated},
          {"unchanged", merge.unchanged},
          {"deleted", merge.deleted},
          {"stale", merge.stale},
          {"moved", merge.moved},
          {"ignored", merge.ignored},
          {"withheld", merge.withheld},
          {"target_rows_before", merge.target_rows_before},
          {"target_rows_after", merge.target_rows_after},
          {"new_files", merge.new_files},
          {"added_columns", merge.added_columns},
          {"pruned_row_groups", merge.pruned_row_groups},
          {"pruned",
           {{"partition", merge.pruned.partition},
            {"statistics", merge.pruned.statistics},
            {"page_index", merge.pruned.page_index},
            {"bloom_filter", merge.pruned.bloom_filter}}},
          {"passes", merge.passes}};
}

Json PlanToJson(const std::vector<PlannedFile>& plan) {
  Json json = Json::array();
  for (const PlannedFile& file : plan) {
    json.push_back({{"file", file.file},
                    {"rows", file.rows},
                    {"rows_dropped", file.rows_dropped},
                    {"row_groups", FatesToJson(file.row_groups)}});
  }
  return json;
}

Json SkippedToJson(const std::vector<SkippedChunk>& skipped) {
  Json json = Json::array();
  for (const SkippedChunk& chunk : skipped) {
    json.push_back({{"file", chunk.file},
                    {"row_group", chunk.row_group < 0 ? Json() : Json(chunk.row_group)},
                    {"column", chunk.column.empty() ? Json() : Json(chunk.column)},
                    {"kind", ErrorKindName(chunk.kind)},
                    {"cause", chunk.cause},
                    {"rows", chunk.rows < 0 ? Json() : Json(chunk.rows)}});
  }
  return json;
}

Json ProgressToJson(const Progress& progress) {
  return {
      {"stage", progress.stage},
      {"rows_done", progress.rows_done},
      {"rows_total", progress.rows_total},
      {"bytes_done", progress.bytes_done},
      {"bytes_total", progress.bytes_total},
      {"seconds", progress.seconds},
      {"seconds_left", progress.seconds_left < 0 ? Json() : Json(progress.seconds_left)}};
}

Json ReportToJson(const Report& report) {
  Json json;
  json["schema_version"] = Report::kSchemaVersion;
  json["verb"] = report.verb;
  json["planish_version"] = report.planish_version;
  json["arrow_version"] = report.arrow_version;
  json["dry_run"] = report.dry_run;
  json["verified"] = report.verified;
  json["options"] = Json(report.options);

  json["rows_in"] = report.rows_in;
  json["rows_kept"] = report.rows_kept;
  json["rows_dropped"] = report.rows_dropped;
  json["duplicate_ratio"] = report.duplicate_ratio();
  json["files_in"] = report.files_in;
  json["files_out"] = report.files_out;
  json["other_files"] = report.other_files;
  json["chunks"] = report.chunks;
  json["chunk_sizes"] = ChunkSizesToJson(report.chunk_sizes);
  json["files"] = FatesToJson(report.files);
  json["row_groups"] = FatesToJson(report.row_groups);

  json["bytes_in"] = report.bytes_in;
  json["bytes_read"] = report.bytes_read;
  json["bytes_copied"] = report.bytes_copied;
  json["bytes_decoded"] = report.bytes_decoded;
  json["bytes_written"] = report.bytes_written;

  json["finished_seconds"] = report.finished_seconds;
  json["wall_seconds"] = report.wall_seconds;
  json["cpu_seconds"] = report.cpu_seconds;
  json["megabytes_per_second"] = report.megabytes_per_second();
  json["rows_per_second"] = report.rows_per_second();
  json["stages"] = StagesToJson(report.stages);
  json["memory"] = MemoryToJson(report.memory);
  json["scratch"] = ScratchToJson(report.scratch);
  json["estimated"] = FiguresToJson(report.estimated);
  json["actual"] = FiguresToJson(report.actual);
  json["engine"] = EngineToJson(report.engine);
  json["publish"] = PublishToJson(report.publish);
  if (report.merge) json["merge"] = MergeToJson(*report.merge);
  json["skipped"] = SkippedToJson(report.skipped);
  json["plan"] = PlanToJson(report.plan);
  json["last_progress"] = ProgressToJson(report.last_progress);
  return json;
}

Json FieldsToJson(const arrow::Schema& schema) {
  Json json = Json::array();
  for (const auto& field : schema.fields()) {
    json.push_back({{"name", field->name()},
                    {"type", field->type()->ToString()},
                    {"nullable", field->nullable()}});
  }
  return json;
}

Json ColumnToJson(const InspectedColumn& column) {
  return {{"name", column.name},
          {"type", column.type},
          {"hive", column.hive},
          {"compressed_bytes", column.compressed_bytes},
          {"uncompressed_bytes", column.uncompressed_bytes},
          {"codecs", Json(column.codecs)},
          {"encodings", Json(column.encodings)},
          {"chunks", column.chunks},
          {"chunks_with_statistics", column.chunks_with_statistics},
          {"chunks_with_bloom_filter", column.chunks_with_bloom_filter},
          {"chunks_with_page_index", column.chunks_with_page_index},
          {"null_count", column.null_count < 0 ? Json() : Json(column.null_count)},
          {"min", OptionalText(column.min)},
          {"max", OptionalText(column.max)}};
}

}  // namespace

double Report::duplicate_ratio() const {
  return Rate(static_cast<double>(rows_dropped), static_cast<double>(rows_in));
}

double Report::megabytes_per_second() const {
  return Rate(static_cast<double>(bytes_in) / 1e6, wall_seconds);
}

double Report::rows_per_second() const {
  return Rate(static_cast<double>(rows_in), wall_seconds);
}

std::string Report::ToJson() const {
  return Dump(ReportToJson(*this));
}

std::string CheckResult::ToJson() const {
  Json json;
  json["schema_version"] = Report::kSchemaVersion;
  json["key"] = key;
  json["duplicated_keys"] = duplicated_keys;
  json["surplus_rows"] = surplus_rows;
  json["worst"] = Json::array();
  for (const DuplicatedKey& duplicated : worst) {
    json["worst"].push_back({{"values", duplicated.values},
                             {"rows", duplicated.rows},
                             {"first_file", duplicated.first_file},
                             {"first_row", duplicated.first_row}});
  }
  json["report"] = ReportToJson(report);
  return Dump(json);
}

std::string Recovery::ToJson() const {
  Json json;
  json["schema_version"] = Report::kSchemaVersion;
  json["planish_version"] = Version();
  json["outcome"] = RecoveryOutcomeName(outcome);
  json["reason"] = reason;
  json["transaction"] = transaction.empty() ? Json() : Json(transaction);
  json["created"] = created.empty() ? Json() : Json(created);
  json["files_replaced"] = files_replaced;
  json["files_added"] = files_added;
  json["files_removed"] = files_removed;
  json["kept"] = kept.empty() ? Json() : Json(kept);
  return Dump(json);
}

std::string Restoration::ToJson() const {
  Json json;
  json["schema_version"] = Report::kSchemaVersion;
  json["planish_version"] = Version();
  json["dry_run"] = dry_run;
  json["run"] = run;
  json["created"] = created;
  json["backup_version"] = planish_version;
  json["files_replaced"] = CountOf(RestoredFile::Fate::kReplaced);
  json["files_added"] = CountOf(RestoredFile::Fate::kAdded);
  json["files_removed"] = CountOf(RestoredFile::Fate::kRemoved);
  json["files"] = Json::array();
  for (const RestoredFile& file : files) {
    json["files"].push_back({{"path", file.path}, {"fate", RestoredFateName(file.fate)}});
  }
  json["recovered"] = recovered.empty() ? Json() : Json(recovered);
  return Dump(json);
}

std::string InspectResult::ToJson() const {
  Json json;
  json["schema_version"] = Report::kSchemaVersion;
  json["planish_version"] = Version();
  json["files"] = files;
  json["other_files"] = other_files;
  json["row_groups"] = row_groups;
  json["rows"] = rows;
  json["bytes"] = bytes;
  json["partitions"] = partitions;
  json["min_row_group_rows"] = min_row_group_rows;
  json["max_row_group_rows"] = max_row_group_rows;
  json["created_by"] = created_by;
  json["unfinished"] = unfinished.empty() ? Json() : Json(unfinished);
  json["schema"] = schema ? FieldsToJson(*schema) : Json::array();
  json["columns"] = Json::array();
  for (const InspectedColumn& column : columns) {
    json["columns"].push_back(ColumnToJson(column));
  }
  json["disagreements"] = Json::array();
  for (const TypeDisagreement& disagreement : disagreements) {
    Json types = Json::array();
    for (const TypeInFiles& type : disagreement.types) {
      types.push_back({{"type", type.type}, {"files", type.files}, {"file", type.file}});
    }
    json["disagreements"].push_back(
        {{"column", disagreement.column}, {"types", std::move(types)}});
  }
  json["unreadable"] = Json::array();
  for (const SkippedChunk& file : unreadable) {
    json["unreadable"].push_back(
        {{"file", file.file}, {"kind", ErrorKindName(file.kind)}, {"cause", file.cause}});
  }
  json["size_histogram"] = Json::array();
  for (const FileSizeBucket& bucket : size_histogram) {
    json["size_histogram"].push_back(
        {{"below_bytes", bucket.below_bytes < 0 ? Json() : Json(bucket.below_bytes)},
         {"files", bucket.files},
         {"bytes", bucket.bytes}});
  }
  return Dump(json);
}

}  // namespace planish
