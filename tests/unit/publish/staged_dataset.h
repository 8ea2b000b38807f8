// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "io/file_system.h"
#include "publish/staged_files.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/temp_dir.h"

namespace planish {

/// A dataset of small files to publish changes of.
class StagedDatasetTest : public testing::Test {
 protected:
  void SetUp() override {
    WriteTree(Old(), dataset());
    parent_ = NamesBeside();
  }

  static FileTree Old() {
    return {{"a.parquet", "old a"},     {"b.parquet", "old b"},
            {"_SUCCESS", ""},           {"p=1/", ""},
            {"p=1/c.parquet", "old c"}, {"p=2/", ""},
            {"p=2/d.parquet", "old d"}};
  }

  std::string dataset() const { return directory_ / "ds"; }
  FileTree Now() const { return ReadTree(dataset()); }

  FileIdentity IdentityOf(const std::string& path) const {
    const auto status = LocalFileSystem()->Stat(dataset() + "/" + path);
    EXPECT_TRUE(status.ok() && status->exists) << path;
    return status->identity;
  }

  /// Stages a file that holds `text`.
  template <typename Transaction>
  static void Stage(Transaction* transaction, const std::string& path,
                    const std::string& text) {
    ASSERT_OK_AND_ASSIGN(StagedFiles* const files, transaction->files());
    ASSERT_OK_AND_ASSIGN(const std::string staged, files->Prepare(path));
    ASSERT_OK_AND_ASSIGN(auto file, LocalFileSystem()->CreateOutput(staged));
    ASSERT_OK(file->Append(text.data(), static_cast<int64_t>(text.size())));
    ASSERT_OK(file->Close());
  }

  std::string NamesBeside() const {
    std::string names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      names += entry.path().filename().string() + " ";
    }
    return names;
  }

  TempDir directory_;
  std::string parent_;  ///< names beside the dataset at the beginning
};

}  // namespace planish
