// SPDX-License-Identifier: Apache-2.0
#include "property/publish_faults.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <utility>

#include "publish/recovery.h"
#include "support/arrow_assertions.h"

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
