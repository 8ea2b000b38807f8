// SPDX-License-Identifier: Apache-2.0
#include "format/parsed_footer.h"

#include <algorithm>

#include "format/parquet_fields.h"
#include "format/schema_translation.h"
#include "parquet/properties.h"

namespace planish {
namespace {

/// Row groups that take no more are made at once, and those kept that take no more.
constexpr int64_t kFewBytes = int64_t{8} << 20;

/// The key-value entries with `text` in the place of the Arrow schema.
arrow::Result<std::string> WithArrowSchema(const ThriftField& entries,
                                           const std::string& text) {
  std::string edited;
  int32_t count = 0;
  ARROW_RETURN_NOT_OK(VisitStructs(entries, [&](std::string_view entry) -> arrow::Status {
    std::string_view key;
    ARROW_RETURN_NOT_OK(
        VisitFields(entry, [&](const ThriftField& field) -> arrow::Status {
          if (field.key() != key_value_field::kKey) return arrow::Status::OK();
          return field.Binary().Value(&key);
        }));
    ++count;
    if (key != kArrowSchemaKey) {
      edited += entry;
      return arrow::Status::OK();
    }
    ThriftStructWriter writer(&edited);
    writer.Binary(FieldId(key_value_field::kKey), key);
    writer.Binary(FieldId(key_value_field::kValue), text);
    writer.Stop();
    return arrow::Status::OK();
  }));
  std::string list;
  AppendThriftListHeader(ThriftType::kStruct, count, &list);
  return list + edited;
}

}  // namespace

ParsedFooter::ParsedFooter(const Footer* footer, const arrow::MemoryPool* pool)
    : footer_(footer), memory_(BudgetOf(pool)) {}

arrow::Result<std::unique_ptr<ParsedFooter>> ParsedFooter::Make(
    const Footer* footer, const arrow::MemoryPool* pool) {
  std::unique_ptr<ParsedFooter> parsed(new ParsedFooter(footer, pool));
  const MetadataSize& size = footer->metadata_size();
  parsed->whole_ = footer->num_row_groups() <= 1 || size.row_groups <= kFewBytes;
  if (BudgetOf(pool) != nullptr) {
    const int64_t kept = std::max(size.largest_row_group, kFewBytes);
    // Refused, it is still measured with what else is resident: a footer is no larger
    // than CheckMetadataFits allows.
    (void)parsed->memory_.TryGrow(size.file + std::min(size.row_groups, kept));
  }
  ARROW_RETURN_NOT_OK(parsed->FindFields());
  parsed->file_ = parsed->whole_
                      ? parsed->Parse(footer->bytes())
                      : parsed->Parse(parsed->Assemble(Include::kNone, -1, false));
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainArrowSchema(*parsed->file_, pool));
  if (!plain) return parsed;
  for (const ThriftField& field : parsed->fields_) {
    if (field.key() != file_field::kKeyValueMetadata) continue;
    ARROW_ASSIGN_OR_RAISE(parsed->plain_entries_, WithArrowSchema(field, *plain));
  }
  const Include rows = parsed->whole_ ? Include::kAll : Include::kNone;
  parsed->plain_file_ = parsed->Parse(parsed->Assemble(rows, -1, true));
  return parsed;
}

arrow::Status ParsedFooter::FindFields() {
  return VisitFields(footer_->bytes(), [&](const ThriftField& field) {
    fields_.push_back(field);
    return arrow::Status::OK();
  });
}

std::string ParsedFooter::Assemble(Include include, int row_group, bool plain) const {
  std::string bytes;
  ThriftStructWriter writer(&bytes);
  for (const ThriftField& field : fields_) {
    if (field.key() == file_field::kRowGroups && include != Include::kAll) {
      writer.Header(field.id, field.type);
      const bool one = include == Include::kOne;
      AppendThriftListHeader(ThriftType::kStruct, one ? 1 : 0, &bytes);
      if (one) bytes += footer_->row_group_bytes(row_group);
    } else if (field.key() == file_field::kKeyValueMetadata && plain && plain_entries_) {
      writer.Header(field.id, field.type);
      bytes += *plain_entries_;
    } else {
      writer.Field(field);
    }
  }
  writer.Stop();
  return bytes;
}

std::shared_ptr<parquet::FileMetaData> ParsedFooter::Parse(std::string_view bytes) const {
  auto length = static_cast<uint32_t>(bytes.size());
  return parquet::FileMetaData::Make(bytes.data(), &length);
}

ParsedFooter::RowGroupView ParsedFooter::RowGroup(int row_group) const {
  if (whole_) return {file_, row_group};
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find(kept_, row_group, &decltype(kept_)::value_type::first);
  if (found != kept_.end()) {
    std::rotate(kept_.begin(), found, found + 1);
    return {kept_.front().second, 0};
  }
  const int64_t bytes = footer_->metadata_size().largest_row_group;
  const auto most = static_cast<size_t>(std::max<int64_t>(1, kFewBytes / (bytes + 1)));
  while (kept_.size() >= most) kept_.pop_back();
  kept_.emplace_front(row_group, Parse(Assemble(Include::kOne, row_group, false)));
  return {kept_.front().second, 0};
}

arrow::Result<std::shared_ptr<parquet::FileMetaData>> ParsedFooter::ToRead(
    int row_group, bool plain) const {
  const bool edited = plain && plain_file_ != nullptr;
  if (row_group < 0) return edited ? plain_file_ : file_;
  if (!whole_) {
    if (edited) return Parse(Assemble(Include::kOne, row_group, true));
    return RowGroup(row_group).metadata;
  }
  const auto& all = edited ? plain_file_ : file_;
  return all->num_row_groups() > 1 ? all->Subset({row_group}) : all;
}

}  // namespace planish
