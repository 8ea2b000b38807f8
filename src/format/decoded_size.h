// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "parquet/metadata.h"

namespace planish {

/// About how many bytes a row of these leaves takes when decoded, as far as the footer
/// tells. Too little where a dictionary's entries are long and the file lacks size
/// statistics. Throws what Parquet throws.
double DecodedBytesPerRow(const parquet::FileMetaData& metadata, int row_group,
                          const std::vector<int>& leaves);

}  // namespace planish
