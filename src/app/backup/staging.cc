#include "app/backup/staging.h"

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <span>

#include "base/hex.h"
#include "base/random.h"
#include "store/file_copy.h"
#include "store/file_system.h"

namespace maester::app {

namespace fs = std::filesystem;

Result<std::unique_ptr<Staging>> Staging::open(const std::string& target) {
  std::string end = target;
  while (end.size() > 1 && end.back() == '/') end.pop_back();
  std::uint8_t bytes[4];
  SystemRandom().fill(std::as_writable_bytes(std::span(bytes)));
  std::unique_ptr<Staging> out(new Staging(end, end + ".restoring-" + hex_encode(bytes)));
  std::error_code error;
  fs::create_directories(out->path_, error);
  if (error)
    return fail(Code::io_error,
                "Cannot make the directory " + out->path_ + ": " + error.message() + ".");
  ::chmod(out->path_.c_str(), 0700);
  return out;
}

Staging::~Staging() {
  std::error_code ignored;
  if (!done_) fs::remove_all(path_, ignored);
}

Status Staging::become() {
  store::PosixFileSystem files;
  TRY(store::sync_tree(path_));
  TRY(files.rename(path_, target_));
  done_ = true;
  const fs::path parent = fs::path(target_).parent_path();
  return files.sync_directory(parent.empty() ? "." : parent.string());
}

}  // namespace maester::app
