// SPDX-License-Identifier: Apache-2.0
#include "data_shapes.h"

#include <functional>
#include <vector>

#include "arrow/array.h"
#include "arrow/builder.h"
#include "arrow/type.h"

namespace planish::bench {

namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): one well-mixed word for each input word.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Words for one column of one seed.
class Stream {
 public:
  Stream(uint64_t seed, uint64_t column)
      : base_(Mix(seed ^ (column * 0x5851f42d4c957f2dULL))) {}
  uint64_t At(int64_t row) const { return Mix(base_ + static_cast<uint64_t>(row)); }
  double Unit(int64_t row) const { return static_cast<double>(At(row) >> 11) * 0x1p-53; }

 private:
  uint64_t base_;
};

std::string Hex(uint64_t word) {
  static const char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, word >>= 4)
    text[static_cast<size_t>(i)] = kDigits[word & 15];
  return text;
}

/// The row whose key row `row` has: itself, or, for a duplicate, an earlier one.
int64_t KeyRow(const Shape& shape, int64_t row) {
  const Stream repeats(shape.seed, 101), origins(shape.seed, 102);
  if (row == 0 || repeats.Unit(row) >= shape.duplicates) return row;
  if (shape.key == Shape::Key::kSorted) return row - 1;
  return static_cast<int64_t>(origins.At(row) % static_cast<uint64_t>(row));
}

template <typename Builder, typename Value>
arrow::Result<std::shared_ptr<arrow::Array>> Build(Builder builder, int64_t first,
                                                   int64_t count, const Value& value) {
  ARROW_RETURN_NOT_OK(builder.Reserve(count));
  for (int64_t row = first; row < first + count; ++row) {
    ARROW_RETURN_NOT_OK(value(&builder, row));
  }
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> MakeKey(const Shape& shape, int64_t first,
                                                     int64_t count) {
  const Stream keys(shape.seed, 100);
  if (shape.key == Shape::Key::kHash) {
    return Build(arrow::StringBuilder(), first, count, [&](auto* builder, int64_t row) {
      const uint64_t word = keys.At(KeyRow(shape, row));
      return builder->Append(Hex(word) + Hex(Mix(word)));
    });
  }
  return Build(arrow::Int64Builder(), first, count, [&](auto* builder, int64_t row) {
    const int64_t origin = KeyRow(shape, row);
    return builder->Append(shape.key == Shape::Key::kSorted
                               ? origin * 10
                               : static_cast<int64_t>(keys.At(origin) >> 1));
  });
}

constexpr const char* kCategories[] = {"books", "games",  "garden", "grocery", "health",
                                       "home",  "motors", "music",  "sports",  "toys"};

arrow::Result<std::shared_ptr<arrow::Array>> MakePayload(const Shape& shape, int column,
                                                         int64_t first, int64_t count) {
  const Stream words(shape.seed, static_cast<uint64_t>(column));
  switch (column) {
    case 1:
      return Build(arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MICRO),
                                           arrow::default_memory_pool()),
                   first, count, [&](auto* builder, int64_t row) {
                     return builder->Append(1'700'000'000'000'000 + row * 1'000 +
                                            static_cast<int64_t>(words.At(row) % 1'000));
                   });
    case 2:
      return Build(arrow::DoubleBuilder(), first, count, [&](auto* builder, int64_t row) {
        return builder->Append(words.Unit(row) * 1000);
      });
    case 3:
      return Build(arrow::StringBuilder(), first, count, [&](auto* builder, int64_t row) {
        return builder->Append(kCategories[words.At(row) % 10]);
      });
    case 4:
      return Build(arrow::StringBuilder(), first, count, [&](auto* builder, int64_t row) {
        return builder->Append(
            std::string("c").append(std::to_string(words.At(row) % 200)));
      });
    case 5:
      return Build(arrow::Int32Builder(), first, count, [&](auto* builder, int64_t row) {
        return builder->Append(static_cast<int32_t>(words.At(row) % 1000));
      });
    case 6:
      return Build(arrow::FloatBuilder(), first, count, [&](auto* builder, int64_t row) {
        return builder->Append(static_cast<float>(words.Unit(row)));
      });
    case 7:
      return Build(arrow::BooleanBuilder(), first, count,
                   [&](auto* builder, int64_t row) {
                     return builder->Append((words.At(row) & 1) != 0);
                   });
    case 8:
      return Build(arrow::StringBuilder(), first, count, [&](auto* builder, int64_t row) {
        return builder->Append(Hex(words.At(row)));
      });
    default:
      return Build(arrow::Int64Builder(), first, count, [&](auto* builder, int64_t row) {
        const uint64_t word = words.At(row);
        return word % 10 == 0 ? builder->AppendNull()
                              : builder->Append(static_cast<int64_t>(word % 10'000'000));
      });
  }
}

}  // namespace

std::shared_ptr<arrow::Schema> SchemaOf(const Shape& shape) {
  std::vector<std::shared_ptr<arrow::Field>> fields = {
      arrow::field("id", shape.key == Shape::Key::kHash ? arrow::utf8() : arrow::int64()),
      arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO)),
      arrow::field("amount", arrow::float64())};
  if (shape.wide) {
    fields.insert(
        fields.end(),
        {arrow::field("category", arrow::utf8()), arrow::field("city", arrow::utf8()),
         arrow::field("quantity", arrow::int32()),
         arrow::field("score", arrow::float32()),
         arrow::field("active", arrow::boolean()), arrow::field("token", arrow::utf8()),
         arrow::field("device", arrow::int64())});
  }
  return arrow::schema(fields);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> MakeRows(const Shape& shape,
                                                            int64_t first,
                                                            int64_t count) {
  const auto schema = SchemaOf(shape);
  std::vector<std::shared_ptr<arrow::Array>> columns(1);
  ARROW_ASSIGN_OR_RAISE(columns[0], MakeKey(shape, first, count));
  for (int column = 1; column < schema->num_fields(); ++column) {
    ARROW_ASSIGN_OR_RAISE(auto payload, MakePayload(shape, column, first, count));
    columns.push_back(std::move(payload));
  }
  return arrow::RecordBatch::Make(schema, count, columns);
}

}  // namespace planish::bench
