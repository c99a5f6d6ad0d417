// The file-system seam: everything durable goes through it, so that a simulated disk can cut power
// at every write and fail every call (store/faulty_file_system.h). Paths are the process's own,
// never a caller's (THREATS.md R19).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::store {

// An open file. Not thread-safe, except that sync() and read_at() may run beside write_at() on
// another thread. Errors are Code::io_error, or Code::storage_full for ENOSPC and EDQUOT.
class File {
 public:
  virtual ~File() = default;
  virtual Status write_at(std::uint64_t offset,
                          std::string_view bytes) = 0;  // all of it or an error
  // Up to `size` bytes; shorter only at the end of the file.
  virtual Result<std::string> read_at(std::uint64_t offset, std::size_t size) = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  // Reserves blocks: the file is at least `size` long (zeros beyond what it held), and later writes
  // below `size` cannot fail for lack of space.
  virtual Status preallocate(std::uint64_t size) = 0;
  // fdatasync. A failure is final for the file: what was written since the last good sync may be
  // gone, and a second sync that succeeds proves nothing.
  virtual Status sync() = 0;
};

// A file's whole content for reading, mapped where the disk is real: opening one costs no read. The
// file must not be truncated while it lives; removing its name is allowed. Immutable, thread-safe.
class Mapping {
 public:
  virtual ~Mapping() = default;
  virtual std::string_view bytes() const = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  enum class Open { existing, create_new, create_or_open };
  virtual Result<std::unique_ptr<File>> open(const std::string& path, Open mode) = 0;
  virtual Result<std::unique_ptr<Mapping>> map(const std::string& path) = 0;
  virtual Status create_directories(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual Status rename(const std::string& from, const std::string& to) = 0;        // atomic
  virtual Status remove(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  // Bytes that an ordinary user may still write on the file system that holds `path`.
  virtual Result<std::uint64_t> free_space(const std::string& path) = 0;
};

// The real one. Stateless, thread-safe.
class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Open mode) override;
  Result<std::unique_ptr<Mapping>> map(const std::string& path) override;
  Status create_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  bool exists(const std::string& path) override;
  Result<std::uint64_t> free_space(const std::string& path) override;
};

}  // namespace maester::store
