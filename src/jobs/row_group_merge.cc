// SPDX-License-Identifier: Apache-2.0
#include "jobs/row_group_merge.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "arrow/array/array_primitive.h"
#include "arrow/array/concatenate.h"
#include "arrow/array/util.h"
#include "base/error_builder.h"
#include "base/gather.h"
#include "base/null_array.h"
#include "dataset/struct_fields.h"
#include "format/chunk_transcoder.h"
#include "jobs/common_values.h"
#include "jobs/offered_ages.h"
#include "jobs/pipeline.h"
#include "scan/column_conversion.h"
#include "scan/kept_fields.h"
#include "scan/source_fit.h"

namespace planish {

namespace {

/// Few, because the first differences usually tell what there is to know.
constexpr int64_t kBatchRows = 8 * 1024;

/// Calls `visit(values, first, begin, end)` for each batch of a column with some of
/// `rows` (ascending, of the row group): those from `begin` to `end` are in `values`,
/// whose first row is `first`. Ends when it returns false.
template <typename Visit>
arrow::Status VisitColumn(const ParquetFile& file, const RowGroupRef& group, int column,
                          const std::vector<int64_t>& rows, const Visit& visit) {
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        file.ReadRowGroup(group.row_group, {column}, kBatchRows));
  size_t next = 0;
  for (int64_t first = 0; next < rows.size();) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) {
      return Error(ErrorKind::kCorrupt, "row group has fewer rows than the footer says")
          .File(file.path())
          .RowGroup(group.row_group);
    }
    const size_t begin = next;
    while (next < rows.size() && rows[next] < first + batch->num_rows()) ++next;
    if (next > begin) {
      ARROW_ASSIGN_OR_RAISE(const bool more, visit(batch->column(0), first, begin, next));
      if (!more) return arrow::Status::OK();
    }
    first += batch->num_rows();
  }
  return arrow::Status::OK();
}

}  // namespace

struct RowGroupMerge::Work {
  const ParquetFile& file;
  const RowGroupRef& group;
  const DataFile& data;
  PatchedFile* patched;
  int columns_at_once;
  std::shared_ptr<arrow::RecordBatch> patch;
  RowBitmap* dropped;
  RowGroupOutcome outcome;

  /// Of the patch's rows: those that count, then those of them that update.
  std::vector<int64_t> active, candidates;
  /// Rows of the row group that go with `candidates`.
  std::vector<int64_t> rows;
  std::vector<bool> changed;  ///< by candidate
  size_t num_changed = 0;
  std::vector<NewColumn> columns;

  RowBitmapSlice DroppedRows() const {
    return {dropped, group.first_row, group.num_rows};
  }

  /// Candidate `i` changes, in `column` for one.
  void MarkChanged(size_t i, NewColumn* column) {
    column->changed = true;
    if (!changed[i]) ++num_changed;
    changed[i] = true;
  }

  int64_t RowOf(int64_t patch_row) const {
    return static_cast<const arrow::Int64Array&>(*patch->column(PatchRows::kTarget))
               .Value(patch_row) -
           group.first_row;
  }
  int64_t SourceOf(int64_t patch_row) const {
    return static_cast<const arrow::Int64Array&>(*patch->column(PatchRows::kSource))
        .Value(patch_row);
  }
};

RowGroupMerge::RowGroupMerge(Run* run, const Inventory* target, const Inventory* source,
                             const MergeQuestion* question, const PatchRows* patches,
                             bool may_move, const WriterOptions* writer,
                             WaitingRoom* room)
    : run_(run),
      target_(target),
      source_(source),
      question_(question),
      patches_(patches),
      may_move_(may_move),
      writer_(writer),
      room_(room) {}

arrow::Result<RowGroupOutcome> RowGroupMerge::Merge(
    PatchedFile* file, const RowGroupRef& group,
    std::shared_ptr<arrow::RecordBatch> patch, RowBitmap* dropped,
    int columns_at_once) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, file->Input());
  Work work{*input,
            group,
            target_->files()[static_cast<size_t>(group.file)],
            file,
            columns_at_once,
            std::move(patch),
            dropped,
            {},
            {},
            {},
            {},
            {},
            0,
            {}};
  if (work.patch != nullptr && work.patch->num_rows() > 0) {
    ARROW_RETURN_NOT_OK(JudgeAge(&work));
    ARROW_RETURN_NOT_OK(Act(&work));
    ARROW_RETURN_NOT_OK(Compare(&work));
    work.outcome.updated = static_cast<int64_t>(work.num_changed);
    work.outcome.unchanged =
        static_cast<int64_t>(work.candidates.size() - work.num_changed);
  }
  PatchedRowGroup& result = work.outcome.row_group;
  const int64_t num_dropped =
      dropped->Count(group.first_row, group.first_row + group.num_rows);
  result.rows_kept = group.num_rows - num_dropped;
  if (num_dropped == 0 && work.num_changed == 0) return std::move(work.outcome);
  result.fate = result.rows_kept == 0 ? Fate::kDrop : Fate::kTranscode;
  if (result.fate == Fate::kTranscode && room_ != nullptr) {
    ARROW_RETURN_NOT_OK(Encode(&work));
  }
  return std::move(work.outcome);
}

/// An error of values that are where the work is.
arrow::Status RowGroupMerge::InRowGroup(const Work& work, const arrow::Status& status) {
  return AddContext(status, ErrorKind::kSchemaMismatch, work.data.path,
                    work.group.row_group);
}

/// Leaves the rows whose source is greater in the newer_by column, or all without one.
arrow::Status RowGroupMerge::JudgeAge(Work* work) const {
  const int64_t num_rows = work->patch->num_rows();
  std::vector<int64_t> all(static_cast<size_t>(num_rows)), rows;
  for (int64_t i = 0; i < num_rows; ++i) {
    all[static_cast<size_t>(i)] = i;
    rows.push_back(work->RowOf(i));
  }
  const SharedColumn& newer = question_->newer;
  if (newer.target < 0) {
    work->active = std::move(all);
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(
      const OfferedAges offered,
      OfferedAges::Make(newer, work->patch->column(patches_->PlaceOf(newer.source)),
                        run_->pool()));
  const auto judge = [&](const std::shared_ptr<arrow::Array>& here,
                         size_t begin) -> arrow::Status {
    const auto newer_here = offered.AreNewerThan(here, begin, run_->pool());
    if (!newer_here.ok()) return InRowGroup(*work, newer_here.status());
    for (size_t i = 0; i < newer_here->size(); ++i) {
      if ((*newer_here)[i]) {
        work->active.push_back(static_cast<int64_t>(begin + i));
      } else {
        ++work->outcome.stale;
      }
    }
    return arrow::Status::OK();
  };
  const auto& type = target_->schema()->field(newer.target)->type();
  if (newer.target >= target_->num_data_columns()) {
    const auto& value =
        target_->partitions()[static_cast<size_t>(work->data.partition)]
            .values[static_cast<size_t>(newer.target - target_->num_data_columns())];
    ARROW_ASSIGN_OR_RAISE(const auto here,
                          arrow::MakeArrayFromScalar(*value, num_rows, run_->pool()));
    return judge(here, 0);
  }
  const int column = work->data.columns[static_cast<size_t>(newer.target)];
  if (column < 0) {
    ARROW_ASSIGN_OR_RAISE(const auto here, MakeNullArray(type, num_rows, run_->pool()));
    return judge(here, 0);
  }
  return VisitColumn(work->file, work->group, column, rows,
                     [&](const std::shared_ptr<arrow::Array>& values, int64_t first,
                         size_t begin, size_t end) -> arrow::Result<bool> {
                       std::vector<int64_t> places;
                       for (size_t i = begin; i < end; ++i)
                         places.push_back(rows[i] - first);
                       ARROW_ASSIGN_OR_RAISE(const auto here,
                                             Gather(*values, places, run_->pool()));
                       ARROW_RETURN_NOT_OK(judge(here, begin));
                       return true;
                     });
}

/// Deletes and moves rows; what is left are candidates for new values.
arrow::Status RowGroupMerge::Act(Work* work) const {
  const auto& actions =
      static_cast<const arrow::UInt8Array&>(*work->patch->column(PatchRows::kAction));
  const auto& sources =
      static_cast<const arrow::Int64Array&>(*work->patch->column(PatchRows::kSource));
  for (const int64_t i : work->active) {
    const int64_t row = work->RowOf(i);
    switch (static_cast<PatchAction>(actions.Value(i))) {
      case PatchAction::kDelete:
        work->dropped->Add(work->group.first_row + row);
        ++work->outcome.deleted;
        break;
      case PatchAction::kMove:
        if (!may_move_) {
          return patches_->Refuse(work->group.first_row + row, sources.Value(i));
        }
        work->dropped->Add(work->group.first_row + row);
        work->outcome.moved.push_back({work->group.first_row + row, sources.Value(i)});
        break;
      case PatchAction::kUpdate:
        work->candidates.push_back(i);
        work->rows.push_back(row);
        break;
    }
  }
  work->changed.assign(work->candidates.size(), false);
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Array>> RowGroupMerge::ValuesFor(
    const Work& work, const SharedColumn& column, int file_column,
    const arrow::Field& field) const {
  const auto count = static_cast<int64_t>(work.candidates.size());
  if (column.source < 0) {
    if (!field.nullable()) return NoValueFor(work.data, field);
    return MakeNullArray(field.type(), count, run_->pool());
  }
  ARROW_ASSIGN_OR_RAISE(auto values,
                        Gather(*work.patch->column(patches_->PlaceOf(column.source)),
                               work.candidates, run_->pool()));
  ARROW_ASSIGN_OR_RAISE(values, ToShape(column, values, run_->pool()));
  const bool keeps = column.written != nullptr && file_column >= 0;
  const auto taken =
      keeps ? field.WithType(WithoutFieldsBesides(field.type(), *column.written))
            : field.Copy();
  const auto row_of = [&](int64_t i) {
    return work.SourceOf(work.candidates[static_cast<size_t>(i)]);
  };
  ARROW_ASSIGN_OR_RAISE(
      values, FitSourceValues({*source_, values, row_of}, *taken, work.data.path,
                              Rounding::kFloats, run_->pool()));
  return keeps ? WithKeptFields(work, file_column, field, values) : values;
}

/// `values` with the struct fields that the source lacks as the target has them.
arrow::Result<std::shared_ptr<arrow::Array>> RowGroupMerge::WithKeptFields(
    const Work& work, int file_column, const arrow::Field& field,
    const std::shared_ptr<arrow::Array>& values) const {
  arrow::ArrayVector pieces;
  ARROW_RETURN_NOT_OK(
      VisitColumn(work.file, work.group, file_column, work.rows,
                  [&](const std::shared_ptr<arrow::Array>& batch, int64_t first,
                      size_t begin, size_t end) -> arrow::Result<bool> {
                    std::vector<int64_t> places;
                    for (size_t i = begin; i < end; ++i) {
                      places.push_back(work.rows[i] - first);
                    }
                    ARROW_ASSIGN_OR_RAISE(pieces.emplace_back(),
                                          Gather(*batch, places, run_->pool()));
                    return true;
                  }));
  ARROW_ASSIGN_OR_RAISE(auto current, arrow::Concatenate(pieces, run_->pool()));
  ARROW_ASSIGN_OR_RAISE(current, ConvertStored(current, field, work.data.path,
                                               work.group.row_group, run_->pool()));
  auto kept = KeepFields(values, current, run_->pool());
  if (kept.ok()) return kept;
  return AddContext(kept.status(), ErrorKind::kSchemaMismatch, work.data.path,
                    work.group.row_group, field.name());
}

arrow::Status RowGroupMerge::Compare(Work* work) const {
  if (work->candidates.empty()) return arrow::Status::OK();
  std::vector<NewColumn> all(question_->updates.size());
  ARROW_RETURN_NOT_OK(RunParallel(
      work->columns_at_once, std::ssize(all), [&](int64_t i, int) -> arrow::Status {
        const auto at = static_cast<size_t>(i);
        return Prepare(*work, question_->updates[at], &all[at]);
      }));
  for (NewColumn& column : all) {
    if (column.file_column < 0) {
      CompareWithNull(work, &column);
    } else if (column.patched) {
      TakePatched(work, &column);
    } else {
      ARROW_RETURN_NOT_OK(CompareColumn(work, &column));
    }
    if (column.changed || column.chunk() != nullptr)
      work->columns.push_back(std::move(column));
  }
  return arrow::Status::OK();
}

/// Of one column the new values, compared and encoded in one pass if that can be.
arrow::Status RowGroupMerge::Prepare(const Work& work, const SharedColumn& column,
                                     NewColumn* made) const {
  made->column = column.target;
  made->file_column = work.data.columns[static_cast<size_t>(column.target)];
  made->retyped = work.patched->change().FieldOf(made->file_column);
  const auto& field = made->file_column < 0 ? target_->schema()->field(column.target)
                      : made->retyped       ? made->retyped
                                      : work.file.schema()->field(made->file_column);
  ARROW_ASSIGN_OR_RAISE(made->values, ValuesFor(work, column, made->file_column, *field));
  if (made->file_column < 0 || made->retyped || room_ == nullptr) {
    return arrow::Status::OK();
  }
  return PatchFlatColumn(work.file, work.group.row_group, made->file_column,
                         {work.rows, made->values}, work.DroppedRows(), *writer_,
                         run_->pool(), room_)
      .Value(&made->patched);
}

void RowGroupMerge::TakePatched(Work* work, NewColumn* column) {
  const std::vector<bool>& differs = column->patched->differs;
  for (size_t i = 0; i < differs.size(); ++i) {
    if (!differs[i]) continue;
    work->MarkChanged(i, column);
  }
  if (column->chunk() != nullptr) column->values.reset();
}

/// Of a column that the file lacks.
void RowGroupMerge::CompareWithNull(Work* work, NewColumn* column) {
  for (size_t i = 0; i < work->candidates.size(); ++i) {
    if (column->values->IsNull(static_cast<int64_t>(i))) continue;
    work->MarkChanged(i, column);
  }
}

arrow::Status RowGroupMerge::CompareColumn(Work* work, NewColumn* column) const {
  const auto options = arrow::EqualOptions::Defaults().nans_equal(true);
  return VisitColumn(
      work->file, work->group, column->file_column, work->rows,
      [&](std::shared_ptr<arrow::Array> values, int64_t first, size_t begin,
          size_t end) -> arrow::Result<bool> {
        std::vector<int64_t> places;
        for (size_t i = begin; i < end; ++i) places.push_back(work->rows[i] - first);
        if (column->retyped) {
          // Of other rows nobody needs the values in another type.
          ARROW_ASSIGN_OR_RAISE(values, Gather(*values, places, run_->pool()));
          std::iota(places.begin(), places.end(), int64_t{0});
          ARROW_ASSIGN_OR_RAISE(values,
                                ConvertStored(values, *column->retyped, work->data.path,
                                              work->group.row_group, run_->pool()));
        }
        for (size_t i = begin; i < end; ++i) {
          // Once it is known that the column changes, only rows that do not yet matter.
          if (column->changed && work->changed[i]) continue;
          const int64_t row = places[i - begin];
          const auto at = static_cast<int64_t>(i);
          if (values->RangeEquals(*column->values, row, row + 1, at, options)) continue;
          work->MarkChanged(i, column);
        }
        return !(column->changed && work->num_changed == work->rows.size());
      });
}

arrow::Status RowGroupMerge::Encode(Work* work) const {
  std::vector<int64_t> chosen;
  ColumnPatch patch;
  for (size_t i = 0; i < work->candidates.size(); ++i) {
    if (!work->changed[i]) continue;
    chosen.push_back(static_cast<int64_t>(i));
    patch.rows.push_back(work->rows[i]);
  }
  for (int column = 0; column < work->file.schema()->num_fields(); ++column) {
    ARROW_RETURN_NOT_OK(EncodeColumn(work, column, chosen, &patch));
  }
  RowGroupOutcome& outcome = work->outcome;
  for (const auto& chunk : outcome.row_group.chunks) {
    if (!chunk) continue;
    outcome.bytes_decoded += chunk->decoded_bytes;
    ++outcome.decoded_chunks;
  }
  return EncodeAdded(work, chosen, std::move(patch.rows));
}

/// A column of the file: `chosen` of the candidates have values for the rows of `patch`.
arrow::Status RowGroupMerge::EncodeColumn(Work* work, int column,
                                          const std::vector<int64_t>& chosen,
                                          ColumnPatch* patch) const {
  auto& chunks = work->outcome.row_group.chunks;
  const RowBitmapSlice dropped = work->DroppedRows();
  const int row_group = work->group.row_group;
  const auto append = [&](std::vector<EncodedChunk> encoded) {
    for (EncodedChunk& chunk : encoded) chunks.emplace_back(std::move(chunk));
  };
  const auto changed = std::ranges::find(work->columns, column, &NewColumn::file_column);
  const bool changes = changed != work->columns.end();
  if (changes && changed->chunk() != nullptr) {
    chunks.emplace_back(std::move(*changed->chunk()));
    return arrow::Status::OK();
  }
  if (changes) {
    ARROW_ASSIGN_OR_RAISE(patch->values, Gather(*changed->values, chosen, run_->pool()));
  }
  const auto& retyped = work->patched->change().retyped;
  const auto as_other = std::ranges::find(retyped, column, &RetypedColumn::column);
  if (as_other != retyped.end()) {
    ARROW_ASSIGN_OR_RAISE(const ChangedColumns* others, work->patched->Changed());
    ARROW_ASSIGN_OR_RAISE(
        auto encoded,
        others->EncodeRetyped(row_group, static_cast<size_t>(as_other - retyped.begin()),
                              changes ? *patch : ColumnPatch(), dropped, room_));
    append(std::move(encoded));
    return arrow::Status::OK();
  }
  if (changes) {
    ARROW_ASSIGN_OR_RAISE(auto encoded,
                          PatchColumn(work->file, row_group, column, *patch, dropped,
                                      *writer_, run_->pool(), room_));
    append(std::move(encoded));
    return arrow::Status::OK();
  }
  for (const int leaf : work->file.LeavesOf(column)) {
    auto& chunk = chunks.emplace_back();
    if (dropped.Count() == 0) continue;
    ARROW_ASSIGN_OR_RAISE(EncodedChunk transcoded,
                          TranscodeColumnChunk(work->file, row_group, leaf, dropped,
                                               *writer_, run_->pool(), room_));
    chunk.emplace(std::move(transcoded));
  }
  return arrow::Status::OK();
}

/// Columns that the file lacks: `chosen` of the candidates have values for `rows`.
arrow::Status RowGroupMerge::EncodeAdded(Work* work, const std::vector<int64_t>& chosen,
                                         std::vector<int64_t> rows) const {
  ARROW_ASSIGN_OR_RAISE(const ChangedColumns* added, work->patched->Changed());
  if (added == nullptr) return arrow::Status::OK();
  // Rows as they are counted once others have gone.
  int64_t counted = 0, gone = 0;
  for (int64_t& row : rows) {
    gone += work->dropped->Count(work->group.first_row + counted,
                                 work->group.first_row + row);
    counted = row;
    row -= gone;
  }
  const int64_t num_rows = work->outcome.row_group.rows_kept;
  const std::vector<int> columns = question_->ColumnsFor(work->data);
  for (size_t i = 0; i < columns.size(); ++i) {
    ColumnPatch patch;
    const auto changed = std::ranges::find(work->columns, columns[i], &NewColumn::column);
    if (changed != work->columns.end()) {
      patch.rows = rows;
      ARROW_ASSIGN_OR_RAISE(patch.values, Gather(*changed->values, chosen, run_->pool()));
    }
    ARROW_ASSIGN_OR_RAISE(auto chunks, added->EncodeAdded(work->group.row_group, i,
                                                          num_rows, patch, room_));
    for (EncodedChunk& chunk : chunks) {
      work->outcome.row_group.chunks.emplace_back(std::move(chunk));
    }
  }
  return arrow::Status::OK();
}

}  // namespace planish
