#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "store/file_system.h"

namespace maester::store {
namespace {

std::unexpected<Error> io_failure(const char* call, const std::string& path, int number) {
  std::string detail =
      std::string(call) + " " + path + ": " + std::system_category().message(number);
  if (number == ENOSPC || number == EDQUOT) {
    return fail(Code::storage_full, "The server's disk is full.", {}, std::move(detail));
  }
  return fail(Code::io_error, "The server's storage failed.", {}, std::move(detail));
}

// Calls again while a signal interrupts.
template <class F>
auto retry(F call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override { ::close(fd_); }

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto n = retry(
          [&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (n < 0) return io_failure("pwrite", path_, errno);
      offset += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }

  Result<std::string> read_at(std::uint64_t offset, std::size_t size) override {
    std::string out;
    int failure = 0;
    out.resize_and_overwrite(size, [&](char* bytes, std::size_t) {  // no zeros before what is read
      std::size_t have = 0;
      while (have < size) {
        const auto n = retry([&] {
          return ::pread(fd_, bytes + have, size - have, static_cast<off_t>(offset + have));
        });
        if (n < 0) failure = errno;
        if (n <= 0) break;
        have += static_cast<std::size_t>(n);
      }
      return have;
    });
    if (failure != 0) return io_failure("pread", path_, failure);
    return out;
  }

  Result<std::uint64_t> size() override {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return io_failure("fstat", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Status truncate(std::uint64_t size) override {
    if (retry([&] { return ::ftruncate(fd_, static_cast<off_t>(size)); }) != 0) {
      return io_failure("ftruncate", path_, errno);
    }
    return {};
  }

  // posix_fallocate writes the blocks itself where the file system cannot reserve them.
  Status preallocate(std::uint64_t size) override {
    const int error = ::posix_fallocate(fd_, 0, static_cast<off_t>(size));
    if (error != 0) return io_failure("posix_fallocate", path_, error);
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_) != 0) return io_failure("fdatasync", path_, errno);
    return {};
  }

 private:
  int fd_;
  std::string path_;
};

class PosixMapping final : public Mapping {
 public:
  PosixMapping(void* start, std::size_t size) : start_(start), size_(size) {}
  ~PosixMapping() override {
    if (size_ > 0) ::munmap(start_, size_);
  }
  std::string_view bytes() const override { return {static_cast<const char*>(start_), size_}; }

 private:
  void* start_;
  std::size_t size_;
};

}  // namespace

Result<std::unique_ptr<Mapping>> PosixFileSystem::map(const std::string& path) {
  const int fd = retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW); });
  if (fd < 0) {
    if (errno == ENOENT) return fail(Code::not_found, "The file does not exist.", {}, path);
    return io_failure("open", path, errno);
  }
  const PosixFile closes(fd, path);
  struct stat info{};
  if (::fstat(fd, &info) != 0) return io_failure("fstat", path, errno);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return std::make_unique<PosixMapping>(nullptr, 0);
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (start == MAP_FAILED) return io_failure("mmap", path, errno);
  return std::make_unique<PosixMapping>(start, size);
}

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, Open mode) {
  int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  if (mode == Open::create_new) flags |= O_CREAT | O_EXCL;
  if (mode == Open::create_or_open) flags |= O_CREAT;
  const int fd = retry([&] { return ::open(path.c_str(), flags, 0600); });
  if (fd < 0) {
    if (errno == ENOENT) return fail(Code::not_found, "The file does not exist.", {}, path);
    return io_failure("open", path, errno);
  }
  return std::make_unique<PosixFile>(fd, path);
}

Status PosixFileSystem::create_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return io_failure("mkdir", path, error.value());
  return {};
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(directory, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  if (error) return io_failure("readdir", directory, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

Status PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return io_failure("rename", from, errno);
  return {};
}

Status PosixFileSystem::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return io_failure("unlink", path, errno);
  return {};
}

Status PosixFileSystem::sync_directory(const std::string& path) {
  const int fd = retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return io_failure("open", path, errno);
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  if (result != 0) return io_failure("fsync", path, error);
  return {};
}

bool PosixFileSystem::exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

Result<std::uint64_t> PosixFileSystem::free_space(const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return io_failure("statvfs", path, errno);
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

}  // namespace maester::store
