// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "base/hashing.h"

// PLANISH_TEST_HASH_BITS narrows every hash for the whole run: results must not change.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const char* bits = std::getenv("PLANISH_TEST_HASH_BITS")) {
    planish::NarrowHashesForTesting(std::atoi(bits));
    std::cout << "hashes narrowed to " << bits << " bits\n";
  }
  return RUN_ALL_TESTS();
}
