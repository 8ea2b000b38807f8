// SPDX-License-Identifier: Apache-2.0
#include "dataset/column_list.h"

namespace planish {

std::string ListColumns(const arrow::Schema& schema) {
  constexpr int kShown = 12;
  std::string out;
  for (int i = 0; i < schema.num_fields() && i < kShown; ++i) {
    if (i > 0) out += ", ";
    out += schema.field(i)->name();
  }
  if (schema.num_fields() > kShown) {
    out += ", and " + std::to_string(schema.num_fields() - kShown) + " more";
  }
  return out;
}

}  // namespace planish
