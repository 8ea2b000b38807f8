// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "planish/report.h"

namespace planish {

/// Moments of a run by time, few however long it takes: when there are too many, every
/// second one goes and the interval doubles. Used by one thread at a time.
class MemoryTimeline {
 public:
  static constexpr size_t kMaximumSamples = 256;
  static constexpr double kFirstInterval = 0.005;  ///< seconds

  /// Whether a sample at `seconds`, not earlier than the last one, would be kept: it is
  /// of another stage than the last one, or an interval later.
  bool IsDue(double seconds, const std::string& stage) const;
  /// Whether it is due or not.
  void Add(MemorySample sample);
  const std::vector<MemorySample>& samples() const { return samples_; }

 private:
  void Thin();

  double interval_ = kFirstInterval;
  std::vector<MemorySample> samples_;
};

}  // namespace planish
