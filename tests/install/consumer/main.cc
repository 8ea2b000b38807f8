// SPDX-License-Identifier: Apache-2.0
// What a program outside this repository sees: the public headers and one library.
#include <iostream>

#include "planish/planish.h"

int main() {
  planish::DedupOptions options;
  options.dataset.inputs = {"no/such/directory"};
  options.dry_run = true;
  const auto report = planish::Dedup(options);
  const planish::ErrorDetail* detail = planish::GetErrorDetail(report.status());
  if (report.ok() || detail == nullptr ||
      detail->kind != planish::ErrorKind::kMissingPath) {
    std::cerr << "expected a missing path, got: " << report.status().ToString() << "\n";
    return 1;
  }
  std::cout << "planish " << planish::Version() << ": "
            << planish::ErrorKindName(detail->kind) << "\n";
  return 0;
}
