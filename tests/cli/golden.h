// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace planish {

/// Replaces what differs between runs, machines and Arrow versions: times, rates, sizes
/// in bytes, versions.
std::string Normalized(std::string text);

/// Compares normalized `text` with tests/cli/golden/<name>.txt, or writes that file if
/// PLANISH_UPDATE_GOLDEN is set.
void ExpectGolden(const std::string& name, const std::string& text);

}  // namespace planish
