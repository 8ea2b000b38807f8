// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <utility>
#include <vector>

namespace planish {

/// Random choices that are the same on every platform for one seed.
class RandomSource {
 public:
  explicit RandomSource(uint64_t seed) : engine_(seed) {}

  /// At least 0 and less than `bound`.
  int Below(int bound) {
    return static_cast<int>(engine_() % static_cast<uint64_t>(bound));
  }
  int Between(int lowest, int highest) { return lowest + Below(highest - lowest + 1); }
  bool OneIn(int n) { return Below(n) == 0; }

  template <typename T>
  T Pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(Below(static_cast<int>(from.size())))];
  }
  template <typename T>
  T Pick(std::initializer_list<T> from) {
    return Pick(std::vector<T>(from));
  }
  template <typename T>
  void Shuffle(std::vector<T>* items) {
    for (size_t i = items->size(); i > 1; --i) {
      std::swap((*items)[i - 1],
                (*items)[static_cast<size_t>(Below(static_cast<int>(i)))]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace planish
