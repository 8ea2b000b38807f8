// SPDX-License-Identifier: Apache-2.0
#include "property/publish_faults.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <set>
#include <utility>

#include "property/dedup_case.h"
#include "publish/recovery.h"
#include "support/arrow_assertions.h"
#include "support/random_source.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using Outcome = Recovery::Outcome;

bool IsHidden(const std::string& path) {
  return path.front() == '.' || path.find("/.") != std::string::npos;
}

FileTree Below(const std::string& prefix, const FileTree& tree) {
  FileTree below;
  for (const auto& [path, bytes] : tree) below[prefix + path] = bytes;
  return below;
}

/// What readers take for data.
FileTree DataFiles(const FileTree& tree) {
  FileTree files;
  for (const auto& [path, bytes] : tree) {
    if (!IsHidden(path) && path.back() != '/' && path.rfind("ds/", 0) == 0) {
      files[path] = bytes;
    }
  }
  return files;
}

}  // namespace

arrow::Result<Recovery> PublishFaultTest::Settle(FileSystem* files) {
  return SettleUnfinished(files, dataset(), true, {});
}

void PublishFaultTest::SetUp() {
  stdfs::create_directory(directory_ / "aside");
  old_ = Below("ds/", OldFiles());
  old_["ds/"] = "";
  Reset();
  const auto sound = Files();
  FaultyFileSystem counting(sound.get(), [this](const FileOperation& operation) {
    operations_.push_back(operation);
    return Fault{};
  });
  ASSERT_OK(Publish(&counting));
  num_changes_ = sound->num_operations();
  new_ = ReadTree(root());
  ASSERT_NE(NamesOf(new_), NamesOf(old_));
  ASSERT_TRUE(StateNow() == State::kNew);
}

void PublishFaultTest::TearDown() {
  if (points_ == 0) return;
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  RecordProperty("fault_points", static_cast<int>(points_));
  std::cout << points_ << " fault points: " << test->test_suite_name() << "."
            << test->name() << std::endl;
}

std::string PublishFaultTest::FastDirectory() {
  const std::string memory = "/dev/shm";
  return access(memory.c_str(), W_OK) == 0 ? memory
                                           : stdfs::temp_directory_path().string();
}

void PublishFaultTest::Reset() {
  WriteTree(old_, root());
}

std::unique_ptr<PowerCutFileSystem> PublishFaultTest::Files(int64_t cut_at) {
  return std::make_unique<PowerCutFileSystem>(LocalFileSystem(), directory_ / "aside",
                                              cut_at);
}

PublishFaultTest::State PublishFaultTest::StateOf(const FileTree& now) const {
  if (now == old_) return State::kOld;
  if (now == new_) return State::kNew;
  ADD_FAILURE() << "neither old nor new: " << NamesOf(now) << "\nold: " << NamesOf(old_)
                << "\nnew: " << NamesOf(new_);
  return State::kNeither;
}

void PublishFaultTest::ExpectWholeFiles() const {
  const FileTree now = DataFiles(ReadTree(root()));
  const FileTree before = DataFiles(old_), after = DataFiles(new_);
  if (IsOneStep()) {
    EXPECT_TRUE(now == before || now == after) << "a mixture: " << NamesOf(now);
    return;
  }
  for (const auto& [path, bytes] : now) {
    const auto one = before.find(path), other = after.find(path);
    EXPECT_TRUE((one != before.end() && one->second == bytes) ||
                (other != after.end() && other->second == bytes))
        << path << " is of neither state";
  }
  for (const auto& [path, bytes] : before) {
    EXPECT_TRUE(now.contains(path) || !after.contains(path)) << path << " is missing";
  }
}

PublishFaultTest::State PublishFaultTest::ExpectSettled() {
  const auto files = Files();
  const auto settled = Settle(files.get());
  EXPECT_OK(settled);
  const State state = StateOf(Judged(ReadTree(root())));
  if (!settled.ok() || state == State::kNeither) return state;
  EXPECT_TRUE(settled->outcome != Outcome::kRolledBack || state == State::kOld)
      << settled->reason;
  EXPECT_TRUE(settled->outcome != Outcome::kRolledForward || state == State::kNew)
      << settled->reason;
  const auto again = Files();
  const auto second = Settle(again.get());
  EXPECT_OK(second);
  EXPECT_TRUE(second.ok() && second->outcome == Outcome::kNothingToDo);
  EXPECT_EQ(again->num_operations(), 0) << "the second recovery has changed something";
  return state;
}

void PublishFaultTest::CheckFailure(const arrow::Status& status, ErrorKind kind) {
  ++points_;
  ExpectWholeFiles();
  if (status.ok()) {
    EXPECT_TRUE(StateNow() == State::kNew);
    return;
  }
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail != nullptr && detail->kind == ErrorKind::kUnfinished) {
    EXPECT_TRUE(ExpectSettled() == State::kNew) << status;
    return;
  }
  EXPECT_ERROR_KIND(status, kind);
  EXPECT_TRUE(StateNow() == State::kOld) << status;
}

void PublishFaultTest::FailEach(Fault fault, ErrorKind kind, const Concerns& concerns) {
  for (int64_t i = 0; i < num_operations() && !HasFailure(); ++i) {
    const FileOperation& operation = operations_[static_cast<size_t>(i)];
    if (!concerns(operation)) continue;
    SCOPED_TRACE(operation.ToString());
    Reset();
    const auto files = Files();
    FaultyFileSystem faulty(files.get(), FailOnce(i, fault));
    CheckFailure(Publish(&faulty), kind);
  }
}

void PublishFaultTest::FillTheDiskFromEach() {
  for (int64_t i = 0; i < num_operations() && !HasFailure(); ++i) {
    const FileOperation& operation = operations_[static_cast<size_t>(i)];
    if (!operation.NeedsSpace()) continue;
    SCOPED_TRACE(operation.ToString());
    Reset();
    const auto files = Files();
    FaultyFileSystem faulty(files.get(), DiskFullFrom(i, Fault::Kind::kTear));
    CheckFailure(Publish(&faulty), ErrorKind::kDiskFull);
  }
}

void PublishFaultTest::FailEachAndCleaningUp() {
  const Fault fault{Fault::Kind::kFail, EIO};
  for (int64_t i = 0; i < num_operations() && !HasFailure(); ++i) {
    SCOPED_TRACE(operations_[static_cast<size_t>(i)].ToString());
    Reset();
    const auto files = Files();
    FaultyFileSystem faulty(files.get(), FailOnceAndInCleaningUp(i, fault));
    CheckFailure(Publish(&faulty), ErrorKind::kIo);
  }
}

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

bool PublishFaultTest::TearsIt(const FileOperation& operation) {
  return operation.kind == FileOperation::Kind::kWrite ||
         operation.kind == FileOperation::Kind::kRead;
}

bool PublishFaultTest::FillsTheDisk(const FileOperation& operation) {
  return operation.NeedsSpace();
}

void PublishFaultTest::ExpectUntouched(const std::vector<std::string>& paths) {
  Reset();
  const auto identity = [&](const std::string& path) {
    return LocalFileSystem()->Stat(dataset() + "/" + path).ValueOrDie().identity;
  };
  std::vector<FileIdentity> before;
  for (const std::string& path : paths) before.push_back(identity(path));
  ASSERT_OK(Publish(Files().get()));
  for (size_t i = 0; i < paths.size(); ++i) {
    EXPECT_EQ(identity(paths[i]), before[i]) << paths[i];
  }
}

}  // namespace planish
