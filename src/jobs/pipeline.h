// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "arrow/status.h"

/// \file
/// All threads and queues of planish. Everything else is single-threaded code that is
/// called here.

namespace planish {

/// Runs `task(index, worker)` for every index below `num_tasks` on up to `threads`
/// threads, the calling one included; `worker` is below `threads` and used by one thread
/// at a time. Indexes are taken in order. After an error no further task starts; of
/// several errors that of the smallest index is returned.
arrow::Status RunParallel(int threads, int64_t num_tasks,
                          const std::function<arrow::Status(int64_t, int)>& task);

/// As RunParallel, in two steps: `produce(index)` runs in parallel, in any order;
/// `consume(index)` runs after it, strictly in index order and never twice at once, on
/// whichever thread gets there. At most `window` indexes are between the start of their
/// produce and the end of their consume, so what the steps hold between them is bounded.
///
/// `admit(index)`, if there is one, bounds it further. It is asked before an index is
/// begun, in index order and never twice at once; if it says no, it is asked again after
/// the next consume. It must say yes when every index before has been consumed.
arrow::Status RunOrdered(int threads, int64_t num_tasks, int64_t window,
                         const std::function<arrow::Status(int64_t)>& produce,
                         const std::function<arrow::Status(int64_t)>& consume,
                         const std::function<bool(int64_t)>& admit = {});

/// Whether the calling thread is one that the above have started.
bool OnWorkerThread();

/// `requested`, or the number of processors this process may run on if that is 0.
int ResolveThreads(int requested);

}  // namespace planish
