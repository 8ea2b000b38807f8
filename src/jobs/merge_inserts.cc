// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_inserts.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "arrow/array/array_binary.h"
#include "base/error_builder.h"
#include "base/gather.h"
#include "base/null_array.h"
#include "dataset/partition_path.h"
#include "dataset/path.h"
#include "dataset/path_patterns.h"
#include "dataset/schema_agreement.h"
#include "dataset/stored_partition_values.h"
#include "dataset/struct_fields.h"
#include "format/batch_writer.h"
#include "format/column_patcher.h"
#include "jobs/common_values.h"
#include "jobs/file_changes.h"
#include "jobs/kept_values.h"
#include "scan/column_conversion.h"
#include "scan/kept_fields.h"
#include "scan/key_scanner.h"
#include "scan/source_fit.h"

namespace planish {

namespace {

constexpr int64_t kBatchRows = 16 * 1024;
/// A row group of so many bytes, decoded, as far as the source's footers tell.
constexpr int64_t kRowGroupBytes = int64_t{32} << 20;
constexpr int64_t kMostRowGroupRows = int64_t{1} << 20;
constexpr int64_t kExpansion = 4;
/// Of the memory that is left, what row groups of open files may take. Encoded, a row
/// group is a fraction of what it decodes to.
constexpr int64_t kShareOfFiles = 4;
constexpr int64_t kOpenFileBytes = kRowGroupBytes / 2;

using PartitionTexts = std::vector<PartitionText>;

/// N of "merge-N-K.parquet", 0 for other names.
int64_t NumberOf(std::string_view name) {
  constexpr std::string_view kPrefix = "merge-";
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), number);
  const bool named = error == std::errc() && end != name.data() + name.size() &&
                     *end == '-' && number > 0;
  return named ? number : 0;
}

std::string DirectoryOf(const std::string& path) {
  const size_t name = BaseName(path).size();
  return path.size() == name ? "" : path.substr(0, path.size() - name - 1);
}

/// The files of one partition that rows go to.
struct Destination {
  PartitionTexts texts;  ///< of the hive columns
  std::string directory;
  int model = 0;  ///< the target's file that they take after
  int64_t num_files = 0;
  SchemaChange change;  ///< of what the model has
  std::unique_ptr<BatchWriter> writer;
  std::shared_ptr<ParquetFile> file;
};

/// A row of a batch of the source, to write.
struct ChosenRow {
  int64_t row = 0;
  std::optional<size_t> move;  ///< the pair that it is of, if it comes in for another row
};

std::vector<int64_t> RowsOf(const std::vector<ChosenRow>& chosen) {
  std::vector<int64_t> rows;
  for (const ChosenRow& row : chosen) rows.push_back(row.row);
  return rows;
}

/// Data columns of the target of which rows that move keep what the source lacks.
std::vector<int> KeptColumns(const MergeQuestion& question, const MergeOptions& options) {
  std::vector<int> columns;
  if (options.missing_columns != MissingSourceColumns::kKeep) return columns;
  for (size_t i = 0; i < question.source_of.size(); ++i) {
    const auto column = static_cast<int>(i);
    const SharedColumn* const update = question.UpdateOf(column);
    const bool keeps_fields = update != nullptr && update->written != nullptr;
    if (question.source_of[i] < 0 || keeps_fields) columns.push_back(column);
  }
  return columns;
}

class Inserter {
 public:
  Inserter(Run* run, std::shared_ptr<const Inventory> target,
           std::shared_ptr<const Inventory> source, const MergeQuestion& question,
           const MergeOptions& options, const RowBitmap& rows,
           const std::vector<RowPair>& moved, MergeOutput* output, Report* report)
      : run_(run),
        target_(std::move(target)),
        source_(std::move(source)),
        question_(question),
        options_(options),
        include_(options.include),
        exclude_(options.exclude),
        rows_(rows),
        moved_(moved),
        output_(output),
        report_(report),
        kept_(run, target_, KeptColumns(question, options), &moved),
        changes_(run, target_.get(), source_, &question, options.strategy, report) {}

  arrow::Status Execute() {
    const int64_t count = rows_.Count() + static_cast<int64_t>(moved_.size());
    const bool writes = output_ != nullptr;
    if (writes) ARROW_RETURN_NOT_OK(run_->EnterStage("insert", count, 0));
    if (count == 0) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(target_->CheckTypesAgree(kept_.columns()));
    for (const DataFile& file : target_->files()) {
      number_ = std::max(number_, NumberOf(BaseName(file.relative_path)) + 1);
    }
    for (const UnreadFile& file : target_->unread_files()) {
      number_ = std::max(number_, NumberOf(BaseName(file.relative_path)) + 1);
    }
    for (const OtherFile& file : target_->other_files()) {
      number_ = std::max(number_, NumberOf(BaseName(file.relative_path)) + 1);
    }
    ARROW_RETURN_NOT_OK(FindPartitions());
    if (!writes) {
      if (AllSurelyFit()) return arrow::Status::OK();
      ARROW_RETURN_NOT_OK(run_->EnterStage("insert", count, 0));
    }
    const int64_t most_open = std::max<int64_t>(
        1, run_->budget()->available() / kShareOfFiles / kOpenFileBytes);
    auto begin = destinations_.begin();
    while (begin != destinations_.end()) {
      auto end = begin;
      for (int64_t i = 0; i < most_open && end != destinations_.end(); ++i) ++end;
      ARROW_RETURN_NOT_OK(WritePartitions(begin, end));
      begin = end;
    }
    report_->bytes_read += kept_.bytes_read();
    return arrow::Status::OK();
  }

 private:
  using Destinations = std::map<PartitionTexts, Destination>;

  /// Rows of [first, first + count) to write, as often as they are to be.
  std::vector<ChosenRow> Chosen(int64_t first, int64_t count) const {
    std::vector<ChosenRow> chosen;
    size_t move = FirstMoveOf(first);
    for (int64_t row = first; row < first + count; ++row) {
      if (rows_.Contains(row)) chosen.push_back({row - first, std::nullopt});
      for (; move < moved_.size() && moved_[move].source == row; ++move) {
        chosen.push_back({row - first, move});
      }
    }
    return chosen;
  }

  /// Of the moves, the first whose source row is not below `row`.
  size_t FirstMoveOf(int64_t row) const {
    const auto found = std::ranges::lower_bound(moved_, row, {}, &RowPair::source);
    return static_cast<size_t>(found - moved_.begin());
  }

  /// Calls `visit(batch, chosen)` for each batch of some source columns that has rows to
  /// write.
  template <typename Visit>
  arrow::Status Scan(const std::vector<int>& columns, const Visit& visit) {
    KeyScanner scanner(run_->fs(), source_, columns, run_->pool());
    for (const RowGroupRef& group : source_->RowGroups()) {
      const int64_t end = group.first_row + group.num_rows;
      const size_t move = FirstMoveOf(group.first_row);
      const bool moves = move < moved_.size() && moved_[move].source < end;
      if (!moves && rows_.Count(group.first_row, end) == 0) continue;
      ARROW_RETURN_NOT_OK(scanner.Scan(
          group, kBatchRows,
          [&](const arrow::RecordBatch& batch, int64_t first_row) -> arrow::Status {
            first_row_ = first_row;
            const std::vector<ChosenRow> chosen = Chosen(first_row, batch.num_rows());
            return chosen.empty() ? arrow::Status::OK() : visit(batch, chosen);
          }));
    }
    report_->bytes_read += scanner.bytes_read();
    return arrow::Status::OK();
  }

  /// The partition of each row of a batch that begins with the hive columns.
  arrow::Result<std::vector<PartitionTexts>> PartitionsOf(
      const arrow::RecordBatch& batch, const std::vector<ChosenRow>& chosen) const {
    std::vector<PartitionTexts> partitions(chosen.size());
    for (size_t k = 0; k < question_.hive_source_of.size(); ++k) {
      ARROW_ASSIGN_OR_RAISE(
          const auto array,
          planish::PartitionTexts(batch.column(static_cast<int>(k)), run_->pool()));
      const auto& texts = static_cast<const arrow::LargeStringArray&>(*array);
      for (size_t i = 0; i < chosen.size(); ++i) {
        PartitionText& text = partitions[i].emplace_back();
        if (texts.IsValid(chosen[i].row)) text = texts.GetString(chosen[i].row);
      }
    }
    return partitions;
  }

  arrow::Status FindPartitions() {
    if (question_.hive_source_of.empty()) {
      destinations_[{}];
    } else {
      ARROW_RETURN_NOT_OK(
          Scan(question_.hive_source_of,
               [&](const arrow::RecordBatch& batch,
                   const std::vector<ChosenRow>& chosen) -> arrow::Status {
                 ARROW_ASSIGN_OR_RAISE(auto partitions, PartitionsOf(batch, chosen));
                 for (PartitionTexts& partition : partitions) {
                   destinations_[std::move(partition)];
                 }
                 return arrow::Status::OK();
               }));
    }
    const std::vector<int64_t> alike = NumColumnsAlike();
    std::vector<PartitionTexts> known;
    for (const Partition& partition : target_->partitions()) {
      known.push_back(TextsOf(partition));
    }
    for (auto& [texts, destination] : destinations_) {
      Place(texts, alike, known, &destination);
    }
    return arrow::Status::OK();
  }

  /// Whether the types of new files, and of the source, say that every value fits.
  bool AllSurelyFit() const {
    std::set<int> models;
    for (const auto& [texts, destination] : destinations_) {
      if (models.insert(destination.model).second && !SurelyFits(destination)) {
        return false;
      }
    }
    return true;
  }

  bool SurelyFits(const Destination& destination) const {
    const DataFile& model = target_->files()[static_cast<size_t>(destination.model)];
    const arrow::FieldVector fields = destination.change.Apply(*model.schema);
    // What directories say has to fit those of these columns that files hold, too.
    const auto is_stored = [](int column) { return column >= 0; };
    if (std::ranges::any_of(model.hive_columns, is_stored)) return false;
    for (size_t column = 0; column < question_.source_of.size(); ++column) {
      const int in_file = model.columns[column];
      const int source = question_.source_of[column];
      if (in_file < 0 && source < 0) continue;
      const auto& field = in_file < 0 ? target_->schema()->field(static_cast<int>(column))
                                      : fields[static_cast<size_t>(in_file)];
      if (source < 0 && !field->nullable()) return false;
      if (source < 0) continue;
      const auto common = PromoteFields(field, source_->schema()->field(source));
      if (!common.ok() || !(*common)->Equals(field)) return false;
    }
    return true;
  }

  /// By file of the target, FileChanges::NumColumnsAsIn.
  std::vector<int64_t> NumColumnsAlike() const {
    std::map<const arrow::Schema*, int64_t> known;
    std::vector<int64_t> alike;
    for (const DataFile& file : target_->files()) {
      const auto [found, is_new] = known.try_emplace(file.schema.get(), 0);
      if (is_new) found->second = FileChanges::NumColumnsAsIn(*target_, file);
      alike.push_back(found->second);
    }
    return alike;
  }

  /// `alike` goes by the target's files, `known` has the texts of its partitions.
  void Place(const PartitionTexts& texts, const std::vector<int64_t>& alike,
             const std::vector<PartitionTexts>& known, Destination* destination) const {
    destination->texts = texts;
    const std::vector<DataFile>& files = target_->files();
    int first = -1;
    // The file that needs the least change, if there are several one of the partition,
    // and of those the first.
    std::tuple<int64_t, bool, bool> best(-1, false, false);
    for (size_t i = 0; i < files.size(); ++i) {
      const bool here =
          texts.empty() || known[static_cast<size_t>(files[i].partition)] == texts;
      if (here && first < 0) first = static_cast<int>(i);
      const std::tuple<int64_t, bool, bool> likeness(
          alike[i], !files[i].row_group_rows.empty(), here);
      if (likeness <= best) continue;
      best = likeness;
      destination->model = static_cast<int>(i);
    }
    destination->change = changes_.OfNewFile(
        files[static_cast<size_t>(destination->model)], kept_.columns());
    if (!texts.empty() && first >= 0) {
      destination->directory =
          DirectoryOf(files[static_cast<size_t>(first)].relative_path);
      return;
    }
    // Where the others are, as far as their paths say nothing of values.
    if (texts.empty()) return;
    for (const std::string_view component : PathComponents(files[0].relative_path)) {
      if (IsHiveDirectory(component)) break;
      destination->directory = JoinPath(destination->directory, component);
    }
    for (size_t k = 0; k < texts.size(); ++k) {
      const int column = target_->num_data_columns() + static_cast<int>(k);
      destination->directory =
          JoinPath(destination->directory,
                   HiveDirectoryName(target_->schema()->field(column)->name(), texts[k]));
    }
  }

  static PartitionTexts TextsOf(const Partition& partition) {
    PartitionTexts texts;
    for (const auto& value : partition.values) texts.push_back(TextOfHiveValue(*value));
    return texts;
  }

  arrow::Status WritePartitions(Destinations::iterator begin,
                                Destinations::iterator end) {
    std::vector<int> columns = question_.hive_source_of;
    for (const int column : question_.source_of) {
      if (column >= 0) columns.push_back(column);
    }
    ARROW_RETURN_NOT_OK(
        Scan(columns,
             [&](const arrow::RecordBatch& batch,
                 const std::vector<ChosenRow>& chosen) -> arrow::Status {
               ARROW_ASSIGN_OR_RAISE(const auto partitions, PartitionsOf(batch, chosen));
               std::map<PartitionTexts, std::vector<ChosenRow>> by_partition;
               for (size_t i = 0; i < chosen.size(); ++i) {
                 by_partition[partitions[i]].push_back(chosen[i]);
               }
               for (auto at = begin; at != end; ++at) {
                 const auto found = by_partition.find(at->first);
                 if (found == by_partition.end()) continue;
                 ARROW_RETURN_NOT_OK(Write(batch, found->second, &at->second));
               }
               return arrow::Status::OK();
             }));
    for (auto at = begin; at != end; ++at) ARROW_RETURN_NOT_OK(Close(&at->second));
    return arrow::Status::OK();
  }

  arrow::Status Write(const arrow::RecordBatch& batch, const std::vector<ChosenRow>& rows,
                      Destination* destination) {
    if (destination->writer == nullptr) ARROW_RETURN_NOT_OK(Open(destination));
    ARROW_ASSIGN_OR_RAISE(const auto conformed, Conform(batch, rows, *destination));
    if (output_ == nullptr) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(destination->writer->Write(*conformed));
    ARROW_RETURN_NOT_OK(run_->Advance(conformed->num_rows(), 0));
    return destination->writer->position() >= options_.target_file_bytes
               ? Close(destination)
               : arrow::Status::OK();
  }

  /// An error if the next merge would not find a file that this one makes.
  arrow::Status CheckIsPartOfTarget(const std::string& relative_path) const {
    using Match = PathPatterns::Match;
    const bool is_part =
        (include_.empty() || include_.Find(relative_path) != Match::kNone) &&
        exclude_.Find(relative_path) == Match::kNone;
    if (is_part) return arrow::Status::OK();
    return Error(
               ErrorKind::kInvalidOption,
               "include and exclude leave out the file that new rows would come into: " +
                   relative_path)
        .File(options_.target)
        .Hint(
            "without it the next merge would insert these rows again: include "
            "'merge-*.parquet', too");
  }

  arrow::Status Open(Destination* destination) {
    const DataFile& model = target_->files()[static_cast<size_t>(destination->model)];
    if (destination->file == nullptr) {
      ARROW_ASSIGN_OR_RAISE(destination->file,
                            OpenDataFile(run_->fs(), model, run_->pool()));
    }
    if (output_ == nullptr) return arrow::Status::OK();
    char name[64];
    std::snprintf(name, sizeof(name), "merge-%06lld-%05lld.parquet",
                  static_cast<long long>(number_),
                  static_cast<long long>(destination->num_files++));
    const std::string relative_path =
        destination->directory.empty() ? name : JoinPath(destination->directory, name);
    ARROW_RETURN_NOT_OK(CheckIsPartOfTarget(relative_path));
    ARROW_ASSIGN_OR_RAISE(const std::string path, output_->Add(relative_path, model));
    BatchWriterOptions options;
    options.writer = options_.writer;
    options.sync = run_->context().sync;
    const int64_t row_bytes =
        1 + kExpansion * source_->num_bytes() / std::max<int64_t>(source_->num_rows(), 1);
    options.row_group_rows =
        std::clamp<int64_t>(kRowGroupBytes / row_bytes, 1, kMostRowGroupRows);
    return BatchWriter::MakeLike(run_->fs(), path, *destination->file,
                                 destination->change, options, run_->pool())
        .Value(&destination->writer);
  }

  arrow::Status Close(Destination* destination) {
    if (destination->writer != nullptr) {
      ARROW_RETURN_NOT_OK(destination->writer->Finish());
      report_->bytes_written += destination->writer->position();
      ++report_->merge->new_files;
    }
    destination->writer.reset();
    destination->file.reset();
    return arrow::Status::OK();
  }

  /// Rows of a batch of the source as the model's file has them.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Conform(
      const arrow::RecordBatch& batch, const std::vector<ChosenRow>& chosen,
      const Destination& destination) {
    const std::vector<int64_t> rows = RowsOf(chosen);
    const DataFile& model = target_->files()[static_cast<size_t>(destination.model)];
    const auto schema =
        arrow::schema(destination.change.Apply(*destination.file->schema()));
    const auto length = static_cast<int64_t>(rows.size());
    auto next_added = static_cast<size_t>(destination.file->schema()->num_fields());
    arrow::ArrayVector columns(static_cast<size_t>(schema->num_fields()));
    auto place = static_cast<int>(question_.hive_source_of.size());
    for (size_t column = 0; column < question_.source_of.size(); ++column) {
      const int at = question_.source_of[column] >= 0 ? place++ : -1;
      const bool adds = model.columns[column] < 0;
      if (adds && at < 0 && !kept_.Has(static_cast<int>(column))) continue;
      const size_t in_file =
          adds ? next_added++ : static_cast<size_t>(model.columns[column]);
      const auto& field = schema->field(static_cast<int>(in_file));
      std::shared_ptr<arrow::Array>& made = columns[in_file];
      if (at < 0) {
        ARROW_ASSIGN_OR_RAISE(made, Kept(static_cast<int>(column), *field, chosen));
        if (!field->nullable() && made->null_count() > 0) {
          return NoValueFor(model, *field);
        }
      } else {
        ARROW_ASSIGN_OR_RAISE(auto taken, Gather(*batch.column(at), rows, run_->pool()));
        const auto* const update = question_.UpdateOf(static_cast<int>(column));
        if (update != nullptr) {
          ARROW_ASSIGN_OR_RAISE(taken, ToShape(*update, taken, run_->pool()));
        }
        const bool is_key = question_.IsKey(static_cast<int>(column));
        if (!kept_.Has(static_cast<int>(column))) {
          ARROW_ASSIGN_OR_RAISE(made, Fit(taken, *field, rows, is_key, model));
          continue;
        }
        const auto written =
            field->WithType(WithoutFieldsBesides(field->type(), *update->written));
        ARROW_ASSIGN_OR_RAISE(taken, Fit(taken, *written, rows, is_key, model));
        ARROW_ASSIGN_OR_RAISE(const auto old,
                              Kept(static_cast<int>(column), *field, chosen));
        const auto with_fields = KeepFields(taken, old, run_->pool());
        if (!with_fields.ok()) {
          return AddContext(with_fields.status(), ErrorKind::kSchemaMismatch, model.path,
                            -1, field->name());
        }
        made = *with_fields;
      }
    }
    // Hive columns that the model holds too.
    for (size_t k = 0; k < model.hive_columns.size(); ++k) {
      if (model.hive_columns[k] < 0) continue;
      const auto& field = schema->field(model.hive_columns[k]);
      auto& made = columns[static_cast<size_t>(model.hive_columns[k])];
      ARROW_ASSIGN_OR_RAISE(
          made, PartitionColumn(destination.texts[k], *field, length, run_->pool()));
      if (!field->nullable() && made->null_count() > 0) return NoValueFor(model, *field);
    }
    return arrow::RecordBatch::Make(schema, length, std::move(columns));
  }

  /// What rows that move had in a column, as `field`; null in all others.
  arrow::Result<std::shared_ptr<arrow::Array>> Kept(
      int column, const arrow::Field& field, const std::vector<ChosenRow>& chosen) {
    std::vector<size_t> moves;
    std::vector<int64_t> choice;  // null, or a value behind it
    for (const ChosenRow& row : chosen) {
      choice.push_back(row.move ? static_cast<int64_t>(moves.size()) + 1 : 0);
      if (row.move) moves.push_back(*row.move);
    }
    if (moves.empty() || !kept_.Has(column)) {
      return MakeNullArray(field.type(), static_cast<int64_t>(chosen.size()),
                           run_->pool());
    }
    ARROW_ASSIGN_OR_RAISE(auto values, kept_.Get(column, moves));
    ARROW_ASSIGN_OR_RAISE(values, ConvertColumn(values, field, run_->pool()));
    ARROW_ASSIGN_OR_RAISE(const auto null, MakeNullArray(field.type(), 1, run_->pool()));
    return ChooseValues(null, values, choice, run_->pool());
  }

  /// `values` of the `rows` of the batch being read. A key that were rounded would be
  /// another key.
  arrow::Result<std::shared_ptr<arrow::Array>> Fit(
      const std::shared_ptr<arrow::Array>& values, const arrow::Field& field,
      const std::vector<int64_t>& rows, bool is_key, const DataFile& model) const {
    const auto row_of = [&](int64_t i) {
      return first_row_ + rows[static_cast<size_t>(i)];
    };
    return FitSourceValues({*source_, values, row_of}, field,
                           "new files like " + model.path,
                           is_key ? Rounding::kNone : Rounding::kFloats, run_->pool());
  }

  Run* const run_;
  const std::shared_ptr<const Inventory> target_, source_;
  const MergeQuestion& question_;
  const MergeOptions& options_;
  const PathPatterns include_, exclude_;
  const RowBitmap& rows_;
  const std::vector<RowPair>& moved_;
  MergeOutput* const output_;
  Report* const report_;
  KeptValues kept_;
  const FileChanges changes_;
  Destinations destinations_;
  int64_t number_ = 1;
  int64_t first_row_ = 0;  ///< of the batch that Scan visits
};

}  // namespace

arrow::Status InsertRows(Run* run, const std::shared_ptr<const Inventory>& target,
                         const std::shared_ptr<const Inventory>& source,
                         const MergeQuestion& question, const MergeOptions& options,
                         const RowBitmap& rows, const std::vector<RowPair>& moved,
                         MergeOutput* output, Report* report) {
  return Inserter(run, target, source, question, options, rows, moved, output, report)
      .Execute();
}

}  // namespace planish
