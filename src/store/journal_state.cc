#include "store/journal_state.h"

#include <charconv>
#include <fstream>

#include "base/hash.h"

namespace maester::store {
namespace {

constexpr std::string_view kFirstLine = "maester-journal 1\n";
constexpr std::size_t kMaxBytes = 1u << 20;

std::string hex(std::uint64_t value) {
  char text[16];
  const auto end = std::to_chars(text, text + sizeof text, value, 16).ptr;
  return std::string(text, end);
}

// Takes `prefix`, then up to the end of the line or `stop`.
std::optional<std::string_view> take(std::string_view& text, std::string_view prefix, char stop) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const std::size_t end = text.find(stop);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end + 1);
  return value;
}

std::optional<std::uint64_t> number(std::optional<std::string_view> text, int base) {
  if (!text || text->empty()) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, value, base);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

bool decode_lanes(std::string_view text, std::vector<ChainEnd>& lanes) {
  while (!text.empty()) {
    const auto lane = number(take(text, "lane ", ' '), 10);
    const auto sequence = number(take(text, "sequence ", ' '), 10);
    const auto chain = number(take(text, "chain ", '\n'), 16);
    if (!lane || !sequence || !chain || *lane != lanes.size()) return false;
    lanes.push_back({*sequence, *chain});
  }
  return true;
}

}  // namespace

std::string encode_state(const JournalState& state) {
  std::string out(kFirstLine);
  out += state.durability == Durability::power ? "durability power\n" : "durability process\n";
  out += "boot " + state.boot_id + "\n";
  out += state.clean ? "clean yes\n" : "clean no\n";
  out += state.may_have_lost_tail ? "tail maybe-lost\n" : "tail kept\n";
  for (std::size_t lane = 0; lane < state.lanes.size(); ++lane) {
    out += "lane " + std::to_string(lane) + " sequence " +
           std::to_string(state.lanes[lane].sequence) + " chain " + hex(state.lanes[lane].chain) +
           "\n";
  }
  return out + "crc " + hex(crc32c(out)) + "\n";
}

std::optional<JournalState> decode_state(std::string_view text) {
  const std::size_t last = text.rfind("\ncrc ");
  if (last == std::string_view::npos || !text.starts_with(kFirstLine)) return std::nullopt;
  const std::string_view body = text.substr(0, last + 1);
  std::string_view check = text.substr(last + 1);
  if (number(take(check, "crc ", '\n'), 16) != crc32c(body) || !check.empty()) return std::nullopt;
  std::string_view rest = body.substr(kFirstLine.size());
  JournalState state;
  const auto durability = take(rest, "durability ", '\n');
  const auto boot = take(rest, "boot ", '\n');
  const auto clean = take(rest, "clean ", '\n');
  const auto tail = take(rest, "tail ", '\n');
  if (!durability || !boot || !clean || !tail) return std::nullopt;
  state.durability = *durability == "power" ? Durability::power : Durability::process;
  state.boot_id = *boot;
  state.clean = *clean == "yes";
  state.may_have_lost_tail = *tail == "maybe-lost";
  if (!decode_lanes(rest, state.lanes)) return std::nullopt;
  return state;
}

Result<std::optional<JournalState>> read_state(FileSystem& files, const std::string& directory) {
  const std::string path = directory + "/state";
  if (!files.exists(path)) return std::nullopt;
  TRY_ASSIGN(const auto file, files.open(path, FileSystem::Open::existing));
  TRY_ASSIGN(const std::string text, file->read_at(0, kMaxBytes));
  return decode_state(text);
}

Status write_state(FileSystem& files, const std::string& directory, const JournalState& state) {
  const std::string path = directory + "/state";
  const auto write = [&]() -> Status {
    TRY_ASSIGN(const auto file, files.open(path + ".new", FileSystem::Open::create_or_open));
    TRY(file->truncate(0));
    TRY(file->write_at(0, encode_state(state)));
    TRY(file->sync());
    TRY(files.rename(path + ".new", path));
    return files.sync_directory(directory);
  };
  Status done = write();
  if (done || done.error().code != Code::storage_full) return done;
  if (files.exists(path)) TRY(files.remove(path));
  return files.sync_directory(directory);
}

std::string kernel_boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return id;
}

}  // namespace maester::store
