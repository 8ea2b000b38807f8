// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace planish {

/// Wall and processor seconds per stage of a run. Stages follow each other; a stage
/// entered again adds to its first entry. Used by one thread.
class StageClock {
 public:
  struct Stage {
    std::string name;
    double wall_seconds = 0;
    double cpu_seconds = 0;  ///< of all threads of the process
  };

  StageClock();

  /// Ends the current stage, if any, and enters `name`.
  void Enter(const std::string& name);
  /// Ends the current stage.
  void Stop();

  const std::string& current() const { return current_; }
  const std::vector<Stage>& stages() const { return stages_; }
  double wall_seconds() const;  ///< since construction
  double cpu_seconds() const;   ///< since construction, all threads

 private:
  std::chrono::steady_clock::time_point start_, stage_start_;
  double start_cpu_ = 0, stage_start_cpu_ = 0;
  std::string current_;
  std::vector<Stage> stages_;
};

}  // namespace planish
