// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace planish {

/// For each data column of a dataset: the place of it among a file's top-level columns,
/// or -1. Immutable; copies share the numbers, as do all files with one schema.
class ColumnMapping {
 public:
  using value_type = int;
  using const_iterator = std::vector<int>::const_iterator;

  ColumnMapping() : ColumnMapping(std::vector<int>()) {}
  ColumnMapping(std::vector<int> columns)  // NOLINT(google-explicit-constructor)
      : columns_(std::make_shared<const std::vector<int>>(std::move(columns))) {}
  ColumnMapping(std::initializer_list<int> columns)
      : ColumnMapping(std::vector<int>(columns)) {}

  int operator[](size_t column) const { return (*columns_)[column]; }
  size_t size() const { return columns_->size(); }
  const_iterator begin() const { return columns_->begin(); }
  const_iterator end() const { return columns_->end(); }

 private:
  std::shared_ptr<const std::vector<int>> columns_;
};

}  // namespace planish
