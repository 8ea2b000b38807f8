// SPDX-License-Identifier: Apache-2.0
#include "dataset/hive_partitions.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "arrow/util/utf8.h"
#include "base/error_builder.h"
#include "dataset/path.h"

namespace planish {
namespace {

constexpr std::string_view kDefaultPartition = "__HIVE_DEFAULT_PARTITION__";

struct HiveValue {
  std::string column;
  std::optional<std::string> value;  ///< nothing for null
};

/// The hive directories of one file.
struct HivePath {
  std::string text;  ///< as spelled
  std::vector<HiveValue> values;
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

arrow::Result<HiveValue> ParseDirectory(const DiscoveredFile& file,
                                        std::string_view name) {
  const size_t equals = name.find('=');
  const std::string_view value = name.substr(equals + 1);
  HiveValue parsed;
  parsed.column = PercentDecode(name.substr(0, equals));
  if (value != kDefaultPartition) parsed.value = PercentDecode(value);
  if (!arrow::util::ValidateUTF8(parsed.column) ||
      (parsed.value && !arrow::util::ValidateUTF8(*parsed.value))) {
    return Error(ErrorKind::kUnsupported, "partition directory is not UTF-8")
        .File(file.path)
        .Hint("rename the directory");
  }
  return parsed;
}

arrow::Result<HivePath> ParsePath(const DiscoveredFile& file) {
  HivePath path;
  std::vector<std::string_view> components = PathComponents(file.relative_path);
  components.pop_back();
  for (std::string_view component : components) {
    if (!IsHiveDirectory(component)) continue;
    ARROW_ASSIGN_OR_RAISE(HiveValue value, ParseDirectory(file, component));
    if (std::ranges::find(path.values, value.column, &HiveValue::column) !=
        path.values.end()) {
      return Error(ErrorKind::kSchemaMismatch,
                   "partition column twice in a path: " + value.column)
          .File(file.path);
    }
    path.text = JoinPath(path.text, component);
    path.values.push_back(std::move(value));
  }
  return path;
}

std::optional<int64_t> CanonicalInteger(const std::string& text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || parsed != end || std::to_string(value) != text) return {};
  return value;
}

/// Brings the files' paths together.
class HiveReader {
 public:
  HiveReader(const std::vector<DiscoveredFile>& files, MissingColumns missing)
      : files_(files), missing_(missing) {}

  arrow::Result<HiveLayout> Read() && {
    for (const DiscoveredFile& file : files_) {
      ARROW_ASSIGN_OR_RAISE(paths_.emplace_back(), ParsePath(file));
    }
    NameColumns();
    if (missing_ == MissingColumns::kError) ARROW_RETURN_NOT_OK(CheckComplete());
    std::vector<Values> values;
    for (const HivePath& path : paths_) values.push_back(ValuesOf(path));
    SetTypes(values);
    MakePartitions(values);
    return std::move(layout_);
  }

 private:
  /// One for each column.
  using Values = std::vector<std::optional<std::string>>;

  void NameColumns() {
    for (const HivePath& path : paths_) {
      for (const HiveValue& value : path.values) {
        if (column_.emplace(value.column, names_.size()).second) {
          names_.push_back(value.column);
        }
      }
    }
  }

  arrow::Status CheckComplete() const {
    for (size_t i = 0; i < paths_.size(); ++i) {
      if (paths_[i].values.size() == names_.size()) continue;
      for (const std::string& name : names_) {
        if (Names(paths_[i], name)) continue;
        const auto with = std::ranges::find_if(
            paths_, [&](const HivePath& path) { return Names(path, name); });
        return Error(ErrorKind::kMissingColumn,
                     "partition column is not in every path: " + name)
            .File(files_[i].path)
            .Fact("in the path of", files_[with - paths_.begin()].path)
            .Hint(
                "set `missing_columns=null` to take it for null there, or leave these "
                "files out");
      }
    }
    return arrow::Status::OK();
  }

  static bool Names(const HivePath& path, const std::string& column) {
    return std::ranges::find(path.values, column, &HiveValue::column) !=
           path.values.end();
  }

  Values ValuesOf(const HivePath& path) const {
    Values values(names_.size());
    for (const HiveValue& value : path.values) {
      values[column_.at(value.column)] = value.value;
    }
    return values;
  }

  void SetTypes(const std::vector<Values>& files) {
    for (size_t i = 0; i < names_.size(); ++i) {
      bool any = false, integers = true;
      for (const Values& values : files) {
        if (!values[i]) continue;
        any = true;
        integers = integers && CanonicalInteger(*values[i]).has_value();
      }
      layout_.columns.push_back(
          arrow::field(names_[i], any && integers ? arrow::int64() : arrow::utf8()));
    }
  }

  std::vector<std::shared_ptr<arrow::Scalar>> Scalars(const Values& values) const {
    std::vector<std::shared_ptr<arrow::Scalar>> scalars;
    for (size_t i = 0; i < values.size(); ++i) {
      const auto& type = layout_.columns[i]->type();
      if (!values[i]) {
        scalars.push_back(arrow::MakeNullScalar(type));
      } else if (type->id() == arrow::Type::INT64) {
        scalars.push_back(
            std::make_shared<arrow::Int64Scalar>(*CanonicalInteger(*values[i])));
      } else {
        scalars.push_back(std::make_shared<arrow::StringScalar>(*values[i]));
      }
    }
    return scalars;
  }

  void MakePartitions(const std::vector<Values>& files) {
    std::map<Values, std::string> smallest;
    for (size_t i = 0; i < files.size(); ++i) {
      const auto [place, is_new] = smallest.emplace(files[i], paths_[i].text);
      if (!is_new) place->second = std::min(place->second, paths_[i].text);
    }
    // Two partitions cannot have one path: equal texts have equal values.
    std::vector<std::pair<std::string, const Values*>> by_path;
    for (const auto& [values, path] : smallest) by_path.emplace_back(path, &values);
    std::ranges::sort(by_path);
    std::map<Values, int> ordinals;
    for (const auto& [path, values] : by_path) {
      ordinals.emplace(*values, static_cast<int>(ordinals.size()));
      layout_.partitions.push_back({path, Scalars(*values)});
    }
    for (const Values& values : files)
      layout_.partition_of.push_back(ordinals.at(values));
  }

  const std::vector<DiscoveredFile>& files_;
  const MissingColumns missing_;
  std::vector<HivePath> paths_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, size_t> column_;
  HiveLayout layout_;
};

}  // namespace

bool IsHiveDirectory(std::string_view name) {
  const size_t equals = name.find('=');
  return equals != std::string_view::npos && equals > 0;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool has_digits = text[i] == '%' && i + 2 < text.size() &&
                            HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0;
    if (!has_digits) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
    i += 2;
  }
  return out;
}

arrow::Result<HiveLayout> ReadHiveLayout(const std::vector<DiscoveredFile>& files,
                                         MissingColumns missing) {
  arrow::util::InitializeUTF8();
  return HiveReader(files, missing).Read();
}

}  // namespace planish
