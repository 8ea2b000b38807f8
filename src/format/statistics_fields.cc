// SPDX-License-Identifier: Apache-2.0
#include "format/statistics_fields.h"

#include "format/page_fields.h"
#include "format/thrift_compact.h"

namespace planish {

arrow::Result<StatisticsFields> ReadStatisticsFields(std::string_view statistics) {
  StatisticsFields fields;
  ARROW_RETURN_NOT_OK(VisitFields(statistics, [&](const ThriftField& field) {
    switch (field.id) {
      case statistics_field::kDeprecatedMax:
      case statistics_field::kDeprecatedMin:
        fields.deprecated_min_max = true;
        break;
      case statistics_field::kNullCount:
        fields.null_count = true;
        break;
      case statistics_field::kMaxValue:
      case statistics_field::kMinValue:
        fields.min_max = true;
        break;
      case statistics_field::kIsMaxValueExact:
      case statistics_field::kIsMinValueExact:
        fields.exactness = true;
        break;
      default:
        break;
    }
    return arrow::Status::OK();
  }));
  return fields;
}

void AppendStatistics(const StatisticsFields& fields,
                      const parquet::EncodedStatistics& values, bool signed_order,
                      std::string* out) {
  ThriftStructWriter writer(out);
  if (fields.deprecated_min_max && signed_order) {
    if (values.has_max) writer.Binary(statistics_field::kDeprecatedMax, values.max());
    if (values.has_min) writer.Binary(statistics_field::kDeprecatedMin, values.min());
  }
  if (fields.null_count && values.has_null_count) {
    writer.I64(statistics_field::kNullCount, values.null_count);
  }
  if (fields.min_max) {
    if (values.has_max) writer.Binary(statistics_field::kMaxValue, values.max());
    if (values.has_min) writer.Binary(statistics_field::kMinValue, values.min());
    if (fields.exactness && values.has_max && values.has_min) {
      writer.Header(statistics_field::kIsMaxValueExact, ThriftType::kTrue);
      writer.Header(statistics_field::kIsMinValueExact, ThriftType::kTrue);
    }
  }
  writer.Stop();
}

}  // namespace planish
