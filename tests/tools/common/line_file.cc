#include "common/line_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace maester::rig {

LineFile::LineFile(const std::string& path, bool sync) : sync_(sync) {
  if (path.empty()) return;
  fd_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd_.valid()) die("cannot open " + path);
}

void LineFile::add(std::string_view line) {
  if (!enabled()) return;
  const std::lock_guard lock(mutex_);
  pending_.append(line).push_back('\n');
}

void LineFile::flush() {
  if (!enabled()) return;
  const std::lock_guard lock(mutex_);
  if (pending_.empty()) return;
  std::string_view left = pending_;
  while (!left.empty()) {
    const ssize_t n = ::write(fd_.get(), left.data(), left.size());
    if (n < 0) die("cannot write a journal line");
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  pending_.clear();
  if (sync_ && ::fdatasync(fd_.get()) != 0) die("fdatasync");
}

}  // namespace maester::rig
