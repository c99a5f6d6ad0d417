#include "app/audit_anchor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "access/audit_verify.h"
#include "base/hex.h"

namespace maester::app {
namespace {

Status append(const std::string& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const bool written = fd >= 0 &&
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fdatasync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (written) return {};
  return fail(Code::io_error, "Cannot append to " + file + ": " + std::strerror(error) + ".");
}

}  // namespace

Status AuditAnchor::tell() {
  TRY_ASSIGN(auto changes, control_.prepare("SELECT total_changes()"));
  TRY_ASSIGN(const bool row, changes.step());
  const std::int64_t now = row ? changes.integer(0) : 0;
  if (now == seen_) return {};
  TRY_ASSIGN(const auto heads, audit_.heads());
  std::string lines;
  for (const access::AuditHead& head : heads) {
    if (told_[head.chain] == head.seq) continue;
    lines += access::anchor_line(head, clock_.wall());
    log_.event(obs::Level::info, "audit_head")
        .field("seq", head.seq)
        .field("hash", hex_encode(head.hash))
        .field("chain", head.chain);
  }
  if (!lines.empty()) TRY(append(file_, lines));
  for (const access::AuditHead& head : heads) told_[head.chain] = head.seq;
  seen_ = now;
  return {};
}

}  // namespace maester::app
