// SPDX-License-Identifier: Apache-2.0
#include "jobs/publication.h"

#include <utility>

#include "publish/staged_directory.h"

namespace planish {
namespace {

class DirectoryPublication : public Publication {
 public:
  explicit DirectoryPublication(StagedDirectory directory)
      : directory_(std::move(directory)) {}

  bool in_place() const override { return false; }
  arrow::Result<StagedFiles*> files() override { return directory_.files(); }
  // How much is copied, and how much of that shared by the file system, shows only then.
  arrow::Status CheckSpace(int64_t) override { return arrow::Status::OK(); }
  arrow::Result<std::string> View(const Inventory&, const DatasetChanges&) override {
    return directory_.files()->directory();
  }
  arrow::Status Publish(const DatasetChanges&, PublishReport* report) override {
    report->mode = "directory";
    return directory_.Publish();
  }

 private:
  StagedDirectory directory_;
};

}  // namespace

DatasetChanges ChangesOf(const Inventory& inventory, const RewritePlan& plan) {
  DatasetChanges changes;
  for (const FilePlan& planned : plan.files) {
    const DataFile& file = inventory.files()[static_cast<size_t>(planned.file)];
    const DatasetChanges::Change change{file.relative_path, file.identity};
    if (planned.WritesFile()) changes.replaced.push_back(change);
    if (planned.fate == Fate::kDrop) changes.removed.push_back(change);
  }
  for (const UnreadFile& file : inventory.unread_files()) {
    changes.unread.push_back(file.relative_path);
  }
  return changes;
}

arrow::Result<std::unique_ptr<Publication>> PublishToDirectory(
    Run* run, const std::string& output) {
  ARROW_ASSIGN_OR_RAISE(StagedDirectory directory,
                        StagedDirectory::Make(run->fs(), output, run->context().sync));
  ARROW_RETURN_NOT_OK(run->PlaceScratch(output));
  return std::make_unique<DirectoryPublication>(std::move(directory));
}

}  // namespace planish
