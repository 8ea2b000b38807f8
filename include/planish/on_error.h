// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What happens when a part of the input cannot be read.

namespace planish {

/// What a verb does about a chunk of its input that cannot be read. A chunk is a row
/// group, or a file whose footer cannot be read.
///
/// Errors of the kinds kNotParquet, kCorrupt, kEncrypted, kUnsupported, kPermission and
/// kIo that reading one chunk gives can be skipped. All others concern the whole run, and
/// end it whatever is asked for here; so do errors while writing.
enum class OnError {
  /// Chunks that cannot be read are left out, logged as warnings and listed in the
  /// report; the result is that of the rest of the input. It is an error if nothing can
  /// be read.
  kSkip,
  /// The first error ends the run.
  kFail,
  /// Reads that the system failed, but that may succeed later (EIO, EAGAIN, EINTR,
  /// ETIMEDOUT), are made again, with pauses that double. What fails after the last
  /// attempt, and every other error, ends the run.
  kRetry,
};

}  // namespace planish
