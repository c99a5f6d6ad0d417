#include "store/file_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/hash.h"
#include "store/file_system.h"

namespace maester::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1u << 20;

std::unexpected<Error> io_failure(const char* call, const std::string& path, int number) {
  std::string detail =
      std::string(call) + " " + path + ": " + std::system_category().message(number);
  if (number == ENOSPC || number == EDQUOT)
    return fail(Code::storage_full, "The disk is full.", {}, std::move(detail));
  return fail(Code::io_error, "The storage failed.", {}, std::move(detail));
}

Status sync_path(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return io_failure("open", path, errno);
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  if (result != 0) return io_failure("fsync", path, error);
  return {};
}

}  // namespace

Status link_file(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  if (errno == EXDEV || errno == EMLINK || errno == EPERM || errno == EOPNOTSUPP)
    return copy_file(from, to);
  return io_failure("link", from, errno);
}

Status copy_file(const std::string& from, const std::string& to, std::uint64_t limit) {
  const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (source < 0) return io_failure("open", from, errno);
  PosixFileSystem files;
  Status done = [&]() -> Status {
    TRY_ASSIGN(const auto target, files.open(to, FileSystem::Open::create_new));
    std::string piece(kPiece, '\0');
    for (std::uint64_t at = 0; at < limit;) {
      const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, limit - at));
      const ssize_t got = ::pread(source, piece.data(), want, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return io_failure("pread", from, errno);
      if (got == 0) break;
      TRY(target->write_at(at, std::string_view(piece.data(), static_cast<std::size_t>(got))));
      at += static_cast<std::uint64_t>(got);
    }
    return {};
  }();
  ::close(source);
  return done;
}

Status write_file(const std::string& path, std::string_view bytes) {
  PosixFileSystem files;
  TRY_ASSIGN(const auto file, files.open(path, FileSystem::Open::create_new));
  return file->write_at(0, bytes);
}

Result<FileDigest> digest_file(const std::string& path) {
  PosixFileSystem files;
  TRY_ASSIGN(const auto mapping, files.map(path));
  return FileDigest{mapping->bytes().size(), sha256_hex(mapping->bytes())};
}

Result<std::string> read_whole_file(const std::string& path) {
  PosixFileSystem files;
  TRY_ASSIGN(const auto mapping, files.map(path));
  return std::string(mapping->bytes());
}

Result<std::vector<std::string>> list_tree(const std::string& directory) {
  std::vector<std::string> out;
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_directory(error))
      out.push_back(entry->path().lexically_relative(directory).generic_string());
  }
  if (error) return io_failure("list", directory, error.value());
  std::ranges::sort(out);
  return out;
}

Status sync_tree(const std::string& directory) {
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    TRY(sync_path(entry->path().string()));
  }
  if (error) return io_failure("list", directory, error.value());
  return sync_path(directory);
}

}  // namespace maester::store
