// SPDX-License-Identifier: Apache-2.0
// Of PublishFaultTest: processes that die, power that goes, and failures at random.
#include <cerrno>
#include <set>
#include <string>

#include "property/publish_faults.h"
#include "support/arrow_assertions.h"
#include "support/random_source.h"

namespace planish {

PublishFaultTest::State PublishFaultTest::DieAt(int64_t operation) {
  Reset();
  const auto files = Files(operation);
  const arrow::Status status = Publish(files.get());
  SCOPED_TRACE("died at " + std::to_string(operation) + ", " + files->cut_operation());
  ++points_;
  ExpectWholeFiles();
  const State state = ExpectSettled();
  EXPECT_TRUE(!status.ok() || state == State::kNew);
  return state;
}

void PublishFaultTest::DieAtEach() {
  std::set<State> seen;
  for (int64_t i = 0; i <= num_changes_ && !HasFailure(); ++i) seen.insert(DieAt(i));
  EXPECT_EQ(seen.size(), 2U);
}

void PublishFaultTest::DieAtSome() {
  for (int64_t i = 0; i <= num_changes_ && !HasFailure(); i += 1 + i / 8) DieAt(i);
  EXPECT_TRUE(DieAt(PowerCutFileSystem::kNever) == State::kNew);
}

void PublishFaultTest::CutThePowerAtEach(Kept kept,
                                         PowerCutFileSystem::Contents contents) {
  RandomSource random(20261122);
  std::set<State> seen;
  for (int64_t i = 0; i <= num_changes_ && !HasFailure(); ++i) {
    Reset();
    const auto files = Files(i);
    const arrow::Status status = Publish(files.get());
    const int64_t unsynced = files->num_unsynced();
    const int64_t names = kept == Kept::kNothing ? 0
                          : kept == Kept::kAllNames
                              ? unsynced
                              : random.Between(0, static_cast<int>(unsynced));
    SCOPED_TRACE("power cut at " + std::to_string(i) + ", " + files->cut_operation() +
                 "; " + std::to_string(names) + " of " + std::to_string(unsynced) +
                 " changes survived");
    files->LoseUnsynced(names, contents);
    ++points_;
    ExpectWholeFiles();
    const State state = ExpectSettled();
    seen.insert(state);
    EXPECT_TRUE(!status.ok() || state == State::kNew) << "success has not lasted";
  }
  EXPECT_EQ(seen.size(), 2U);
}

void PublishFaultTest::DieInRecovery(int64_t died_at, int64_t* points_of_recovery) {
  RandomSource random(static_cast<uint64_t>(died_at));
  bool done = false;
  for (int64_t j = 0; !done && !HasFailure(); ++j) {
    for (const int64_t survives : {-1, 0, 1}) {
      Reset();
      const auto files = Files(died_at);
      ASSERT_FALSE(Publish(files.get()).ok());
      files->Restart(j);
      const auto settled = Settle(files.get());
      done = !files->is_cut();
      if (done) {
        EXPECT_OK(settled);
        break;
      }
      SCOPED_TRACE("recovery ended at " + std::to_string(j) + ", " +
                   files->cut_operation());
      const int64_t unsynced = files->num_unsynced();
      if (survives >= 0) {
        files->LoseUnsynced(
            survives == 0 ? 0 : random.Between(0, static_cast<int>(unsynced)),
            PowerCutFileSystem::Contents::kEmpty);
      }
      ++points_;
      ++*points_of_recovery;
      ExpectWholeFiles();
      ExpectSettled();
    }
  }
}

void PublishFaultTest::DieAtEachAndInRecovery(int stride) {
  int64_t points_of_recovery = 0;
  for (int64_t i = 0; i < num_changes_ && !HasFailure(); i += stride) {
    SCOPED_TRACE("died at " + std::to_string(i));
    DieInRecovery(i, &points_of_recovery);
    Reset();
    bool failed = true;
    for (int64_t j = 0; failed && !HasFailure(); ++j) {
      Reset();
      ASSERT_FALSE(Publish(Files(i).get()).ok());
      const auto files = Files();
      FaultyFileSystem faulty(files.get(), FailOnce(j, {Fault::Kind::kFail, EIO}));
      const auto settled = Settle(&faulty);
      failed = !faulty.Failed().empty();
      SCOPED_TRACE(failed ? "recovery failed at " + faulty.Failed().front().ToString()
                          : "recovered");
      points_ += failed ? 1 : 0;
      ExpectWholeFiles();
      ExpectSettled();
    }
  }
  EXPECT_GT(points_of_recovery, num_changes_ / stride);
}

void PublishFaultTest::FailAtRandomOnce(uint64_t seed) {
  RandomSource random(seed);
  int one_of = random.Between(5, 100);
  const auto plan = [&](const FileOperation&) {
    const auto kind = random.Between(0, 1) == 0 ? Fault::Kind::kFail : Fault::Kind::kTear;
    return random.Between(1, one_of) == 1 ? Fault{kind, EIO} : Fault{};
  };
  Reset();
  const auto files = Files(random.Between(0, 1) == 0 ? PowerCutFileSystem::kNever
                                                     : random.Between(0, 60));
  FaultyFileSystem faulty(files.get(), plan);
  const arrow::Status published = Publish(&faulty);
  const bool cut = files->is_cut();
  if (cut && random.Between(0, 1) == 0) {
    files->LoseUnsynced(random.Between(0, static_cast<int>(files->num_unsynced())),
                        PowerCutFileSystem::Contents::kHalf);
  }
  ++points_;
  ExpectWholeFiles();
  for (; one_of < 10'000; one_of *= 2) {
    const auto sound = Files();
    FaultyFileSystem recovering(sound.get(), plan);
    if (Settle(&recovering).ok()) break;
    ExpectWholeFiles();
  }
  const State state = ExpectSettled();
  EXPECT_TRUE(!published.ok() || state == State::kNew);
  const ErrorDetail* detail = GetErrorDetail(published);
  if (cut || detail == nullptr) return;
  EXPECT_TRUE(state ==
              (detail->kind == ErrorKind::kUnfinished ? State::kNew : State::kOld))
      << published;
}

void PublishFaultTest::FailAtRandom(int seeds) {
  for (int seed = 0; seed < seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FailAtRandomOnce(static_cast<uint64_t>(seed));
  }
}

void PublishFaultTest::ExpectNothingDoneAgain() {
  const auto files = Files();
  ASSERT_OK(Publish(files.get()));
  EXPECT_EQ(files->num_operations(), 0);
  EXPECT_TRUE(StateNow() == State::kNew);
}

void PublishFaultTest::DieAtEachAndRunAgain() {
  for (int64_t i = 0; i < num_changes_ && !HasFailure(); ++i) {
    Reset();
    const auto files = Files(i);
    ASSERT_FALSE(Publish(files.get()).ok());
    SCOPED_TRACE("died at " + std::to_string(i) + ", " + files->cut_operation());
    ++points_;
    const auto again = Files();
    EXPECT_OK(Publish(again.get()));
    EXPECT_TRUE(StateNow() == State::kNew);
  }
}

}  // namespace planish
