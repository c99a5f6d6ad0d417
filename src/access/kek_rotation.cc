#include "access/kek_rotation.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace maester::access {
namespace {

std::string next_of(const KekSource& source) {
  return source.file + ".next";
}

bool exists(const std::string& file) {
  return ::access(file.c_str(), F_OK) == 0;
}

// FILE.next takes FILE's place, durably.
Status put_in_place(const KekSource& source) {
  const std::string directory = source.file.substr(0, source.file.rfind('/') + 1);
  bool done = std::rename(next_of(source).c_str(), source.file.c_str()) == 0;
  const int fd = ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY);
  done = fd >= 0 && ::fsync(fd) == 0 && done;
  if (fd >= 0) ::close(fd);
  if (done) return {};
  return fail(Code::io_error, "Cannot put " + next_of(source) + " in the place of " + source.file +
                                  ": it is the key-encryption key now.");
}

}  // namespace

Result<std::unique_ptr<Vault>> open_vault(store::Database& control, const KekSource& source,
                                          Random& random) {
  TRY_ASSIGN(SecretKey kek, load_kek(source.file, source.given, random));
  auto vault = Vault::open(control, std::move(kek), random);
  const bool cut_off = !vault && vault.error().code == Code::corrupt && source.given.empty() &&
                       exists(next_of(source));
  if (!cut_off) return vault;
  TRY_ASSIGN(SecretKey next, load_kek(next_of(source), "", random));
  auto opened = Vault::open(control, std::move(next), random);
  if (!opened) return vault;  // it is not that one: the first failure is what to tell
  TRY(put_in_place(source));
  return opened;
}

Result<std::size_t> rotate_kek(store::Database& control, const KekSource& source,
                               std::string_view next, Random& random) {
  if (next.empty() && !source.given.empty()) {
    return fail(
        Code::invalid_request,
        "The key-encryption key is in MAESTER_KEK: give the new one, 64 hexadecimal digits, in "
        "MAESTER_NEW_KEK (`openssl rand -hex 32`).");
  }
  TRY_ASSIGN(const std::unique_ptr<Vault> vault, open_vault(control, source, random));
  const bool in_file = source.given.empty();
  if (in_file && !next.empty()) {
    return fail(Code::invalid_request,
                "The key-encryption key is in the file: the new one is made there. Unset "
                "MAESTER_NEW_KEK, or set MAESTER_KEK as well.");
  }
  if (in_file) (void)std::remove(next_of(source).c_str());  // of a rotation that never began
  TRY_ASSIGN(SecretKey key, load_kek(in_file ? next_of(source) : "", next, random));
  TRY_ASSIGN(const std::size_t rewrapped, vault->rewrap(std::move(key)));
  // What the old key sealed does not stay in the write-ahead log.
  TRY(control.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (in_file) TRY(put_in_place(source));
  return rewrapped;
}

}  // namespace maester::access
