// SPDX-License-Identifier: Apache-2.0
#include "jobs/changed_footers.h"

#include <utility>

namespace planish {

ChangedFooters::ChangedFooters(Run* run, const std::string& dataset,
                               const DatasetChanges& changes, const StagedFiles* staged)
    : run_(run), dataset_(dataset), staged_(staged) {
  for (const auto& change : changes.replaced) replaced_.insert(change.path);
  written_ = replaced_;
  written_.insert(changes.added.begin(), changes.added.end());
}

arrow::Result<Footer> ChangedFooters::Read(const std::string& path) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, run_->fs()->OpenInput(path));
  return Footer::Read(*input, run_->pool());
}

arrow::Result<Footer> ChangedFooters::Before(const std::string& path) const {
  return Read(dataset_ + "/" + path);
}

arrow::Result<Footer> ChangedFooters::After(const std::string& path) const {
  return Read(staged_->PathOf(path));
}

/// Whether a file that is written has other columns than before.
arrow::Result<bool> ChangedFooters::ChangesColumns(const std::string& path,
                                                   const DeclaredColumns& columns) const {
  if (!IsReplaced(path)) return true;
  ARROW_ASSIGN_OR_RAISE(const Footer footer, Before(path));
  ARROW_ASSIGN_OR_RAISE(const auto before, DeclaredColumns::Of(footer.bytes()));
  ARROW_ASSIGN_OR_RAISE(const bool had_all, before.Cover(columns));
  return !had_all;
}

arrow::Result<std::vector<Footer>> ChangedFooters::WithNewColumns(
    const DeclaredColumns& declared, const std::string& directory) const {
  std::vector<Footer> found;
  for (const std::string& path : written_) {
    if (!IsBelow(path, directory)) continue;
    ARROW_ASSIGN_OR_RAISE(Footer footer, After(path));
    ARROW_ASSIGN_OR_RAISE(const auto columns, DeclaredColumns::Of(footer.bytes()));
    ARROW_ASSIGN_OR_RAISE(const bool known, declared.Cover(columns));
    if (known) continue;
    ARROW_ASSIGN_OR_RAISE(const bool changes, ChangesColumns(path, columns));
    if (changes) found.push_back(std::move(footer));
  }
  return found;
}

bool IsBelow(const std::string& path, const std::string& directory) {
  return directory.empty() || path.starts_with(directory + "/");
}

}  // namespace planish
