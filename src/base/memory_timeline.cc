// SPDX-License-Identifier: Apache-2.0
#include "base/memory_timeline.h"

#include <utility>

namespace planish {

bool MemoryTimeline::IsDue(double seconds, const std::string& stage) const {
  return samples_.empty() || samples_.back().stage != stage ||
         seconds - samples_.back().seconds >= interval_;
}

void MemoryTimeline::Add(MemorySample sample) {
  if (samples_.size() == kMaximumSamples) Thin();
  samples_.push_back(std::move(sample));
}

void MemoryTimeline::Thin() {
  size_t kept = 0;
  for (size_t i = 0; i < samples_.size(); i += 2) {
    if (kept != i) samples_[kept] = std::move(samples_[i]);
    ++kept;
  }
  samples_.resize(kept);
  interval_ *= 2;
}

}  // namespace planish
