// SPDX-License-Identifier: Apache-2.0
#include "support/power_cut_file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "io/file_descriptor.h"
#include "io/system_error.h"
#include "support/power_cut_output.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using Lock = std::lock_guard<std::recursive_mutex>;

ino_t InodeOf(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

ino_t InodeAt(int directory, const std::string& name) {
  struct stat status = {};
  return fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0
             ? status.st_ino
             : 0;
}

bool IsDirectory(const std::string& path) {
  return stdfs::is_directory(stdfs::symlink_status(path));
}

}  // namespace

/// An open directory: it can be told and changed whatever its path is by now.
class PowerCutFileSystem::Directory {
 public:
  explicit Directory(int fd) : fd_(fd) {}
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { close(fd_); }
  int fd() const { return fd_; }
  ino_t inode() const {
    struct stat status = {};
    return fstat(fd_, &status) == 0 ? status.st_ino : 0;
  }

 private:
  const int fd_;
};

PowerCutFileSystem::PowerCutFileSystem(FileSystem* files, const std::string& aside,
                                       int64_t cut_at)
    : ForwardingFileSystem(files), aside_(aside + "/aside-XXXXXX"), cut_at_(cut_at) {
  if (mkdtemp(aside_.data()) == nullptr) ADD_FAILURE() << "cannot make " << aside_;
}

PowerCutFileSystem::~PowerCutFileSystem() {
  std::error_code ignored;
  stdfs::remove_all(aside_, ignored);
}

int64_t PowerCutFileSystem::num_operations() const {
  const Lock lock(mutex_);
  return num_operations_;
}

bool PowerCutFileSystem::is_cut() const {
  const Lock lock(mutex_);
  return num_operations_ > cut_at_;
}

std::string PowerCutFileSystem::cut_operation() const {
  const Lock lock(mutex_);
  return cut_operation_;
}

int64_t PowerCutFileSystem::num_unsynced() const {
  const Lock lock(mutex_);
  return static_cast<int64_t>(unsynced_.size());
}

void PowerCutFileSystem::Restart(int64_t cut_at) {
  const Lock lock(mutex_);
  num_operations_ = 0;
  cut_at_ = cut_at;
  cut_operation_.clear();
}

void PowerCutFileSystem::LoseUnsynced(int64_t names_kept, Contents contents) {
  const Lock lock(mutex_);
  while (static_cast<int64_t>(unsynced_.size()) > names_kept) {
    unsynced_.back().undo();
    unsynced_.pop_back();
  }
  unsynced_.clear();
  for (const auto& [inode, file] : files_unsynced_) {
    if (contents == Contents::kAll || file.synced == file.size) continue;
    const int64_t half = contents == Contents::kHalf ? (file.size - file.synced) / 2 : 0;
    EXPECT_EQ(truncate(file.aside.c_str(), file.synced + half), 0) << file.aside;
  }
  files_unsynced_.clear();
}

arrow::Status PowerCutFileSystem::CheckPower(const std::string& path) const {
  if (!is_cut()) return arrow::Status::OK();
  return SystemError(EIO, "cannot go on (the power is off)", path);
}

arrow::Status PowerCutFileSystem::Meet(const char* operation, const std::string& path) {
  const Lock lock(mutex_);
  if (num_operations_++ == cut_at_) cut_operation_ = std::string(operation) + " " + path;
  return CheckPower(path);
}

PowerCutFileSystem::Place PowerCutFileSystem::PlaceOf(const std::string& path) {
  const stdfs::path normal = stdfs::path(path).lexically_normal();
  const std::string parent = normal.parent_path().string();
  const int fd =
      open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  auto directory = std::make_shared<Directory>(fd);
  // Kept open, so that no other directory gets its number.
  const auto [known, ignored] = directories_.emplace(directory->inode(), directory);
  return {known->second, normal.filename().string()};
}

std::string PowerCutFileSystem::Aside() {
  return aside_ + "/" + std::to_string(num_aside_++);
}

void PowerCutFileSystem::Note(const std::vector<Place>& places,
                              std::function<void()> undo) {
  Change change;
  change.undo = std::move(undo);
  for (const Place& place : places) {
    change.directories.push_back(place.directory->inode());
  }
  unsynced_.push_back(std::move(change));
}

void PowerCutFileSystem::NoteNewFile(const std::string& path) {
  const Place place = PlaceOf(path);
  const ino_t inode = InodeOf(path);
  Note({place}, [place, inode] {
    if (InodeAt(place.directory->fd(), place.name) != inode) return;
    unlinkat(place.directory->fd(), place.name.c_str(), 0);
  });
}

void PowerCutFileSystem::NoteNewDirectory(const std::string& path) {
  const Place place = PlaceOf(path);
  const ino_t inode = InodeOf(path);
  Note({place}, [this, place, inode] {
    if (InodeAt(place.directory->fd(), place.name) != inode) return;
    renameat(place.directory->fd(), place.name.c_str(), AT_FDCWD, Aside().c_str());
  });
}

void PowerCutFileSystem::NoteContents(ino_t inode, int64_t size, bool synced) {
  const Lock lock(mutex_);
  const auto found = files_unsynced_.find(inode);
  if (found == files_unsynced_.end()) return;
  found->second.size = size;
  if (synced) found->second.synced = size;
}

arrow::Result<FileStatus> PowerCutFileSystem::Stat(const std::string& path) {
  ARROW_RETURN_NOT_OK(CheckPower(path));
  return files_->Stat(path);
}

arrow::Result<FileStatus> PowerCutFileSystem::StatLink(const std::string& path) {
  ARROW_RETURN_NOT_OK(CheckPower(path));
  return files_->StatLink(path);
}

arrow::Result<std::vector<DirectoryEntry>> PowerCutFileSystem::List(
    const std::string& directory) {
  ARROW_RETURN_NOT_OK(CheckPower(directory));
  return files_->List(directory);
}

arrow::Result<std::shared_ptr<InputFile>> PowerCutFileSystem::OpenInput(
    const std::string& path) {
  ARROW_RETURN_NOT_OK(CheckPower(path));
  return files_->OpenInput(path);
}

arrow::Result<std::unique_ptr<FileLock>> PowerCutFileSystem::TryLock(
    const std::string& path) {
  ARROW_RETURN_NOT_OK(CheckPower(path));
  return files_->TryLock(path);
}

arrow::Result<std::unique_ptr<OutputFile>> PowerCutFileSystem::CreateOutput(
    const std::string& path, bool) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("create", path));
  ARROW_ASSIGN_OR_RAISE(
      FileDescriptor file,
      FileDescriptor::Open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666));
  NoteNewFile(path);
  const ino_t inode = InodeOf(path);
  UnsyncedFile unsynced{Aside()};
  EXPECT_EQ(link(path.c_str(), unsynced.aside.c_str()), 0) << path;
  files_unsynced_[inode] = unsynced;
  return std::make_unique<PowerCutOutput>(this, std::move(file), inode);
}

arrow::Result<std::unique_ptr<UpdateFile>> PowerCutFileSystem::CreateUpdate(
    const std::string& path) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("create", path));
  ARROW_ASSIGN_OR_RAISE(auto file, files_->CreateUpdate(path));
  NoteNewFile(path);
  return file;
}

arrow::Status PowerCutFileSystem::MakePrivateDirectory(const std::string& directory) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("make directory", directory));
  ARROW_RETURN_NOT_OK(files_->MakePrivateDirectory(directory));
  NoteNewDirectory(directory);
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::MakeDirectory(const std::string& directory) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("make directory", directory));
  ARROW_RETURN_NOT_OK(files_->MakeDirectory(directory));
  NoteNewDirectory(directory);
  return arrow::Status::OK();
}

arrow::Result<std::unique_ptr<PinnedDirectory>> PowerCutFileSystem::Pin(
    const std::string& directory, PinDemand demand, PinnedLinks links) {
  ARROW_RETURN_NOT_OK(CheckPower(directory));
  return files_->Pin(directory, demand, links);
}

arrow::Status PowerCutFileSystem::MakeDirectories(const std::string& directory) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(CheckPower(directory));
  const stdfs::path path = stdfs::path(directory).lexically_normal();
  if (path.empty() || stdfs::is_directory(path)) return arrow::Status::OK();
  const stdfs::path parent = path.parent_path();
  if (parent != path) ARROW_RETURN_NOT_OK(MakeDirectories(parent.string()));
  if (path.filename().empty()) return arrow::Status::OK();  // It ended in a slash.
  ARROW_RETURN_NOT_OK(Meet("make directory", directory));
  if (mkdir(path.c_str(), 0777) != 0) {
    return SystemError(errno, "cannot create directory", path.string());
  }
  NoteNewDirectory(path.string());
  return arrow::Status::OK();
}

arrow::Result<int64_t> PowerCutFileSystem::CopyFile(const std::string& from,
                                                    const std::string& to, bool sync,
                                                    const Proceed& proceed) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(CheckPower(to));
  ARROW_ASSIGN_OR_RAISE(const auto source, files_->OpenInput(from));
  ARROW_ASSIGN_OR_RAISE(auto target, CreateOutput(to, false));
  if (proceed) ARROW_RETURN_NOT_OK(proceed());
  const arrow::Status copied = target->AppendFrom(*source, 0, source->size());
  const arrow::Status synced = copied.ok() && sync ? target->Sync() : copied;
  (void)target->Close();
  if (synced.ok()) return source->size();
  (void)RemoveFile(to);
  return synced;
}

arrow::Status PowerCutFileSystem::Link(const std::string& from, const std::string& to) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("link", to));
  ARROW_RETURN_NOT_OK(files_->Link(from, to));
  NoteNewFile(to);
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::CopyAttributes(const std::string& from,
                                                 const std::string& to, bool sync) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("copy attributes", to));
  ARROW_RETURN_NOT_OK(files_->CopyAttributes(from, to, false));
  if (!sync) return arrow::Status::OK();
  const auto file = files_unsynced_.find(InodeOf(to));
  if (file != files_unsynced_.end()) file->second.synced = file->second.size;
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::CopyAccess(const std::string& from,
                                             const std::string& to) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("copy access", to));
  return files_->CopyAccess(from, to);
}

arrow::Status PowerCutFileSystem::Rename(const std::string& from, const std::string& to) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("rename", from));
  const ino_t moved = InodeOf(from);
  std::string replaced;
  if (moved != 0 && InodeOf(to) != 0) {
    replaced = Aside();
    const bool is_directory = IsDirectory(to);
    if (is_directory && !stdfs::is_empty(to)) return files_->Rename(from, to);
    const int kept = is_directory ? rename(to.c_str(), replaced.c_str())
                                  : link(to.c_str(), replaced.c_str());
    EXPECT_EQ(kept, 0) << to;
  }
  const Place old_place = PlaceOf(from), new_place = PlaceOf(to);
  ARROW_RETURN_NOT_OK(files_->Rename(from, to));
  Note({old_place, new_place}, [old_place, new_place, moved, replaced] {
    const int old_directory = old_place.directory->fd();
    const int new_directory = new_place.directory->fd();
    if (InodeAt(new_directory, new_place.name) != moved) return;
    renameat(new_directory, new_place.name.c_str(), old_directory,
             old_place.name.c_str());
    if (replaced.empty()) return;
    renameat(AT_FDCWD, replaced.c_str(), new_directory, new_place.name.c_str());
  });
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::Exchange(const std::string& one,
                                           const std::string& other) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("exchange", one));
  const Place first = PlaceOf(one), second = PlaceOf(other);
  ARROW_RETURN_NOT_OK(files_->Exchange(one, other));
  Note({first, second}, [first, second] {
    EXPECT_EQ(renameat2(first.directory->fd(), first.name.c_str(), second.directory->fd(),
                        second.name.c_str(), RENAME_EXCHANGE),
              0);
  });
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::RemoveFile(const std::string& path) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("remove", path));
  const std::string kept = Aside();
  if (InodeOf(path) != 0 && !IsDirectory(path)) {
    EXPECT_EQ(link(path.c_str(), kept.c_str()), 0) << path;
  }
  const Place place = PlaceOf(path);
  ARROW_RETURN_NOT_OK(files_->RemoveFile(path));
  Note({place}, [place, kept] {
    if (InodeAt(place.directory->fd(), place.name) != 0) return;
    renameat(AT_FDCWD, kept.c_str(), place.directory->fd(), place.name.c_str());
  });
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::RemoveDirectory(const std::string& directory) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("remove directory", directory));
  if (!IsDirectory(directory) || !stdfs::is_empty(directory)) {
    return files_->RemoveDirectory(directory);
  }
  const Place place = PlaceOf(directory);
  const std::string kept = Aside();
  ARROW_RETURN_NOT_OK(files_->Rename(directory, kept));
  Note({place}, [place, kept] {
    if (InodeAt(place.directory->fd(), place.name) != 0) return;
    renameat(AT_FDCWD, kept.c_str(), place.directory->fd(), place.name.c_str());
  });
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::RemoveAll(const std::string& path) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(CheckPower(path));
  if (InodeOf(path) == 0) return arrow::Status::OK();
  if (!IsDirectory(path)) return RemoveFile(path);
  ARROW_ASSIGN_OR_RAISE(auto entries, files_->List(path));
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  for (const DirectoryEntry& entry : entries) {
    ARROW_RETURN_NOT_OK(RemoveAll(path + "/" + entry.name));
  }
  return RemoveDirectory(path);
}

arrow::Status PowerCutFileSystem::SyncDirectory(const std::string& directory) {
  const Lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Meet("sync directory", directory));
  const ino_t inode = InodeOf(directory);
  if (inode == 0 || !IsDirectory(directory)) return files_->SyncDirectory(directory);
  std::erase_if(unsynced_, [inode](const Change& change) {
    return std::ranges::find(change.directories, inode) != change.directories.end();
  });
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::SyncFile(const std::string& path) {
  ARROW_RETURN_NOT_OK(Meet("sync", path));
  const ino_t inode = InodeOf(path);
  if (inode == 0) return SystemError(ENOENT, "cannot open", path);
  const auto file = files_unsynced_.find(inode);
  if (file != files_unsynced_.end()) file->second.synced = file->second.size;
  return arrow::Status::OK();
}

arrow::Status PowerCutFileSystem::SyncAll(const std::vector<std::string>& paths) {
  const Lock lock(mutex_);
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
    ARROW_RETURN_NOT_OK(IsDirectory(*path) ? SyncDirectory(*path) : SyncFile(*path));
  }
  return arrow::Status::OK();
}

}  // namespace planish
