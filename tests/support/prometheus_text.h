// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "arrow/result.h"

namespace planish {

/// Samples by name and labels as written, for example "planish_rows{verb=\"dedup\"}".
using PrometheusSamples = std::map<std::string, double>;

/// Reads Prometheus' text format 0.0.4 as strictly as its specification allows: every
/// metric has HELP, then TYPE, then its samples, all together and once; names, labels and
/// escapes are well-formed; no sample comes twice; the text ends with a newline. Anything
/// else is an Invalid status that quotes the line.
arrow::Result<PrometheusSamples> ParsePrometheus(const std::string& text);

}  // namespace planish
