#include "app/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "access/api_key.h"

namespace maester::app {
namespace {

std::unexpected<Error> cannot(const std::string& what, const std::string& path) {
  return fail(Code::io_error, "Cannot " + what + " " + path + ": " + std::strerror(errno) + ".");
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error)
    return fail(Code::io_error,
                "Cannot make the data directory " + path + ": " + error.message() + ".");
  if (made) ::chmod(path.c_str(), 0700);
  const std::string lock_file = path + "/lock";
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return cannot("open", lock_file);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(
        Code::conflict,
        "The data directory " + path +
            " is in use by another Maester process, which also runs its jobs ([jobs] workers): "
            "stop it, or give another --data.");
  }
  return DataDirectory(path, lock);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

Result<std::string> DataDirectory::admin_key(Random& random, bool create) const {
  const std::string path = file("admin.key");
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    char text[128] = {};
    const ssize_t got = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    if (got < 0) return cannot("read", path);
    std::string key(text);
    while (!key.empty() && (key.back() == '\n' || key.back() == ' ')) key.pop_back();
    if (!access::parse_key(key)) {
      return fail(Code::corrupt,
                  path + " holds no whole Maester key; remove the file to have a new one made.");
    }
    return key;
  }
  if (!create) return std::string();
  std::string key = access::mint_key(access::KeyKind::admin, random);
  fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return cannot("write", path);
  const std::string line = key + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fsync(fd) == 0;
  ::close(fd);
  if (!written) return cannot("write", path);
  return key;
}

}  // namespace maester::app
