// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace planish {

/// Where the streams of a command lead, if not into pipes that are read to their end.
struct CommandStreams {
  std::string input_path = "/dev/null";  ///< existing file
  bool output_gone = false;              ///< nobody reads standard output
  bool close_output = false;
  std::string output_path;      ///< existing file or device
  bool error_terminal = false;  ///< standard error is a terminal of 80 columns
};

struct CommandResult {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  std::string output, error;
};

/// A running planish, started in `directory` with a small environment of its own plus
/// `environment` ("NAME=value"). Fails the test if it cannot be started.
class Command {
 public:
  Command(const std::string& directory, const std::vector<std::string>& arguments,
          const std::vector<std::string>& environment = {},
          const CommandStreams& streams = {});
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command();

  /// Waits until standard error contains `text`; false if it ends before.
  bool WaitForError(const std::string& text);
  void Send(int signal);
  CommandResult Wait();

 private:
  /// Reads what there is; false once both streams are at their end.
  bool ReadSome();

  pid_t pid_ = -1;
  int output_ = -1, error_ = -1;
  CommandResult result_;
};

CommandResult RunPlanish(const std::string& directory,
                         const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment = {},
                         const CommandStreams& streams = {});

/// The command line as typed, then all it printed and its exit code.
std::string Transcript(const std::string& directory,
                       const std::vector<std::string>& arguments);

}  // namespace planish
