// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "planish/error.h"
#include "planish/recover.h"
#include "support/faulty_file_system.h"
#include "support/file_tree.h"
#include "support/power_cut_file_system.h"
#include "support/temp_dir.h"

namespace planish {

/// Publishes a change of a dataset again and again, each time with another operation
/// going wrong, and checks what is there afterwards: the old dataset or the new one, to
/// the byte, and nothing else. Each such try is a point; tests print how many there were.
class PublishFaultTest : public testing::Test {
 protected:
  // What is published.
  /// Files of dataset() before.
  virtual FileTree OldFiles() = 0;
  virtual arrow::Status Publish(FileSystem* files) = 0;
  virtual arrow::Result<Recovery> Settle(FileSystem* files);
  /// Whether a reader sees the old dataset or the new one at every moment.
  virtual bool IsOneStep() const { return false; }

  /// What there is after recovery, in the shape in which it is compared.
  virtual FileTree Judged(FileTree now) const { return now; }

  void SetUp() override;
  void TearDown() override;

  const FileTree& before() const { return old_; }

  std::string dataset() const { return root() + "/ds"; }
  /// All that is compared: the dataset and what is beside it.
  std::string root() const { return directory_ / "root"; }

  // The kinds of fault, each at every operation.
  /// Where `concerns` says so, one operation fails; the process lives on.
  using Concerns = std::function<bool(const FileOperation&)>;
  void FailEach(Fault fault, ErrorKind kind, const Concerns& concerns);
  /// From some operation on, the disk is full.
  void FillTheDiskFromEach();
  /// An operation fails, and then the first that cleans up.
  void FailEachAndCleaningUp();
  /// The process dies: no operation has an effect any more.
  void DieAtEach();
  /// Likewise at each of the first operations, and at fewer and fewer later ones.
  void DieAtSome();
  /// The power goes: what was not synced is lost but for some names and contents.
  enum class Kept { kNothing, kAllNames, kSomeNames };
  void CutThePowerAtEach(Kept kept, PowerCutFileSystem::Contents contents);
  /// The process dies, and then, at every operation of recovery, that one dies or loses
  /// its power, or some operation of it fails.
  void DieAtEachAndInRecovery(int stride);
  /// Any operation may fail, in recovery too, and the power may go: as many seeds.
  void FailAtRandom(int seeds);
  /// The process dies, and the same is run again, with no recovery in between.
  void DieAtEachAndRunAgain();

  static bool TearsIt(const FileOperation& operation);
  static bool FillsTheDisk(const FileOperation& operation);

  /// Done once more, it finds nothing to do, and does nothing.
  void ExpectNothingDoneAgain();
  /// Files that a change leaves alone are the very same files.
  void ExpectUntouched(const std::vector<std::string>& paths);

  int64_t num_changes() const { return num_changes_; }
  int64_t num_operations() const { return static_cast<int64_t>(operations_.size()); }

 private:
  enum class State { kOld, kNew, kNeither };

  void Reset();
  std::unique_ptr<PowerCutFileSystem> Files(int64_t cut_at = PowerCutFileSystem::kNever);
  State StateNow() const { return StateOf(ReadTree(root())); }
  State StateOf(const FileTree& now) const;
  /// What readers see while nothing has been settled yet.
  void ExpectWholeFiles() const;
  /// Settles, checks that, and tells which state it is.
  State ExpectSettled();
  void FailAtRandomOnce(uint64_t seed);
  void CheckFailure(const arrow::Status& status, ErrorKind kind);
  State DieAt(int64_t operation);
  void DieInRecovery(int64_t died_at, int64_t* points_of_recovery);

  /// In memory, where that can be had: what a disk would do is played anyway.
  static std::string FastDirectory();

  TempDir directory_{FastDirectory()};
  FileTree old_, new_;  ///< of root()
  std::vector<FileOperation> operations_;
  int64_t num_changes_ = 0;
  int64_t points_ = 0;
};

}  // namespace planish
