// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace planish {
namespace {

struct Channel {
  int ours = -1, theirs = -1;
};

Channel MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << "pipe: " << std::strerror(errno);
  return {ends[0], ends[1]};
}

Channel MakeTerminal() {
  const int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ours < 0 || grantpt(ours) != 0 || unlockpt(ours) != 0) {
    ADD_FAILURE() << "terminal: " << std::strerror(errno);
  }
  const int theirs = open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
  winsize size{};
  size.ws_col = 80;
  size.ws_row = 24;
  ioctl(theirs, TIOCSWINSZ, &size);
  return {ours, theirs};
}

/// What the command needs of the surroundings: shared libraries, sanitizer settings, no
/// more.
std::vector<std::string> Environment(const std::vector<std::string>& added) {
  std::vector<std::string> variables = {"LC_ALL=C.UTF-8"};
  for (const char* name : {"PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS",
                           "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) variables.push_back(std::string(name) + "=" + value);
  }
  variables.insert(variables.end(), added.begin(), added.end());
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Appends what `*descriptor` has to give; closes it at its end.
void ReadInto(int* descriptor, std::string* text) {
  char buffer[4096];
  const ssize_t length = read(*descriptor, buffer, sizeof(buffer));
  if (length > 0) {
    text->append(buffer, static_cast<size_t>(length));
  } else if (length == 0 || errno != EINTR) {  // a terminal ends with EIO
    close(*descriptor);
    *descriptor = -1;
  }
}

std::string Shown(const std::string& argument) {
  const bool plain = argument.find_first_of(" '\"\\*?[]<>") == std::string::npos;
  return plain && !argument.empty() ? argument : "'" + argument + "'";
}

}  // namespace

Command::Command(const std::string& directory, const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment,
                 const CommandStreams& streams) {
  const Channel output = MakePipe();
  const Channel error = streams.error_terminal ? MakeTerminal() : MakePipe();
  if (streams.output_gone) close(output.ours);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, streams.input_path.c_str(),
                                   O_RDONLY, 0);
  if (!streams.output_path.empty()) {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, streams.output_path.c_str(),
                                     O_WRONLY, 0);
  } else if (streams.close_output) {
    posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
  } else {
    posix_spawn_file_actions_adddup2(&actions, output.theirs, STDOUT_FILENO);
  }
  posix_spawn_file_actions_adddup2(&actions, error.theirs, STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  std::vector<std::string> words = {"planish"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = Environment(environment);
  const int failed = posix_spawn(&pid_, PLANISH_COMMAND, &actions, nullptr,
                                 Pointers(words).data(), Pointers(variables).data());
  if (failed != 0) ADD_FAILURE() << PLANISH_COMMAND << ": " << std::strerror(failed);
  posix_spawn_file_actions_destroy(&actions);
  close(output.theirs);
  close(error.theirs);
  output_ = streams.output_gone ? -1 : output.ours;
  error_ = error.ours;
}

Command::~Command() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    Wait();
  }
}

bool Command::ReadSome() {
  pollfd streams[] = {{output_, POLLIN, 0}, {error_, POLLIN, 0}};
  if (output_ < 0 && error_ < 0) return false;
  if (poll(streams, 2, -1) < 0) return errno == EINTR;
  if (streams[0].revents != 0) ReadInto(&output_, &result_.output);
  if (streams[1].revents != 0) ReadInto(&error_, &result_.error);
  return true;
}

bool Command::WaitForError(const std::string& text) {
  while (result_.error.find(text) == std::string::npos) {
    if (!ReadSome()) return false;
  }
  return true;
}

void Command::Send(int signal) {
  kill(pid_, signal);
}

CommandResult Command::Wait() {
  while (ReadSome()) {
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFEXITED(status)) result_.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
  return result_;
}

CommandResult RunPlanish(const std::string& directory,
                         const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment,
                         const CommandStreams& streams) {
  return Command(directory, arguments, environment, streams).Wait();
}

std::string Transcript(const std::string& directory,
                       const std::vector<std::string>& arguments) {
  std::string text = "$ planish";
  for (const std::string& argument : arguments) text += " " + Shown(argument);
  const CommandResult result = RunPlanish(directory, arguments);
  return text + "\n" + result.output + result.error + "[exit code " +
         std::to_string(result.exit_code) + "]\n\n";
}

}  // namespace planish
