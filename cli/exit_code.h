// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace planish::cli {

/// What the command tells its caller.
enum ExitCode {
  kDone = 0,
  kDuplicatesFound = 1,  ///< check only
  kFailed = 2,           ///< an error; nothing was changed
  kChunksSkipped = 3,    ///< done, except for what could not be read
  kInterrupted = 130,    ///< stopped by a signal; nothing was changed
  kReaderGone = 141,     ///< nobody reads the stream any more; as SIGPIPE would end it
};

}  // namespace planish::cli
