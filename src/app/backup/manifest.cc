#include "app/backup/manifest.h"

#include <charconv>
#include <optional>

#include "base/hash.h"
#include "store/file_copy.h"
#include "store/file_system.h"

namespace maester::app {
namespace {

constexpr std::string_view kFirstLine = "maester-backup 1\n";
constexpr std::size_t kDigest = 64;  // hexadecimal digits

std::unexpected<Error> damaged(const std::string& what) {
  return fail(Code::corrupt, std::string(kBackupManifest) + " is damaged: " + what + ".");
}

// Takes the text up to `stop`, which goes too.
std::optional<std::string_view> take(std::string_view& text, char stop) {
  const std::size_t end = text.find(stop);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view out = text.substr(0, end);
  text.remove_prefix(end + 1);
  return out;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Relative, and nowhere upwards.
bool is_plain_path(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) return false;
  std::string rest(name);
  rest += '/';
  std::string_view parts = rest;
  while (const auto part = take(parts, '/')) {
    if (part->empty() || *part == "." || *part == "..") return false;
  }
  return true;
}

bool read_file_line(std::string_view rest, BackupManifest& out) {
  const auto digest = take(rest, ' ');
  const auto size = take(rest, ' ');
  if (!digest || digest->size() != kDigest || !size || !is_plain_path(rest)) return false;
  const auto bytes = number(*size);
  if (!bytes) return false;
  out.files.push_back({std::string(rest), *bytes, std::string(*digest)});
  return true;
}

bool read_line(std::string_view line, BackupManifest& out) {
  const auto word = take(line, ' ');
  if (!word) return false;
  if (*word == "file") return read_file_line(line, out);
  if (*word == "id") out.id = line;
  if (*word == "maester") out.program = line;
  if (*word == "created") {
    const auto at = parse_rfc3339(line);
    if (!at) return false;
    out.created_at = *at;
  }
  if (*word == "journal") {
    const auto lane = take(line, ' ');
    const auto sequence = number(line);
    if (!lane || number(*lane) != out.journal.size() || !sequence) return false;
    out.journal.push_back(*sequence);
  }
  return true;
}

std::string body_of(const BackupManifest& manifest) {
  std::string out(kFirstLine);
  out += "id " + manifest.id + "\ncreated " + format_rfc3339(manifest.created_at) + "\nmaester " +
         manifest.program + "\n";
  for (std::size_t lane = 0; lane < manifest.journal.size(); ++lane) {
    out += "journal " + std::to_string(lane) + " " + std::to_string(manifest.journal[lane]) + "\n";
  }
  for (const BackupFile& file : manifest.files)
    out += "file " + file.sha256 + " " + std::to_string(file.size) + " " + file.name + "\n";
  return out;
}

}  // namespace

std::uint64_t BackupManifest::bytes() const {
  std::uint64_t sum = 0;
  for (const BackupFile& file : files) sum += file.size;
  return sum;
}

std::string backup_digest(const BackupManifest& manifest) {
  return sha256_hex(body_of(manifest));
}

std::string encode_backup_manifest(const BackupManifest& manifest) {
  const std::string body = body_of(manifest);
  return body + "end " + sha256_hex(body) + "\n";
}

Result<BackupManifest> decode_backup_manifest(std::string_view text) {
  const std::size_t last = text.rfind("\nend ");
  if (last == std::string_view::npos) return damaged("its last line is missing");
  const std::string_view body = text.substr(0, last + 1);
  if (text.substr(last + 1) != "end " + sha256_hex(body) + "\n")
    return damaged("it does not have the checksum that its last line says");
  if (!body.starts_with(kFirstLine))
    return fail(Code::conflict,
                "The backup was made by a newer Maester, in another form; restore it with that.");
  BackupManifest out;
  std::string_view rest = body.substr(kFirstLine.size());
  while (const auto line = take(rest, '\n')) {
    if (!read_line(*line, out)) return damaged("it has a line `" + std::string(*line) + "`");
  }
  return out;
}

Result<BackupManifest> read_backup_manifest(const std::string& directory) {
  const std::string path = directory + "/" + std::string(kBackupManifest);
  if (!store::PosixFileSystem().exists(path)) {
    return fail(Code::not_found, "`" + directory + "` is no backup: it has no " +
                                     std::string(kBackupManifest) +
                                     ", which the last step of a backup writes.");
  }
  TRY_ASSIGN(const std::string text, store::read_whole_file(path));
  return decode_backup_manifest(text);
}

}  // namespace maester::app
