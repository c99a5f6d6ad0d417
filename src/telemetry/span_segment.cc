#include "telemetry/span_segment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/hash.h"
#include "telemetry/little_endian.h"

namespace maester::telemetry {
namespace {

constexpr std::string_view kSegmentMagic = "MSTSPAN1";
constexpr std::string_view kIndexMagic = "MSTSPIX1";
constexpr std::size_t kIndexHeader = 40, kKeyEntry = 24, kOrderEntry = 16;

Error io_error(std::string_view what, const std::string& path) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT;
  return make_error(full ? Code::storage_full : Code::io_error,
                    "A span file could not be " + std::string(what) + ".", {},
                    path + ": " + std::strerror(number));
}

Status write_all(int fd, std::uint64_t offset, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(io_error("written", path));
    offset += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

std::uint64_t size_of(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

template <class Int>
std::optional<Int> parse_digits(std::string_view text) {
  Int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') {
    return std::nullopt;
  }
  return value;
}

// A run of (id, offset), sorted; `id_of` picks the id of an entry.
template <class IdOf>
void append_sorted(std::string& out, const std::vector<SpanEntry>& entries, IdOf id_of) {
  std::vector<std::pair<std::array<std::uint8_t, 16>, std::uint64_t>> run;
  run.reserve(entries.size());
  for (const SpanEntry& entry : entries) run.emplace_back(id_of(entry), entry.offset);
  std::ranges::sort(run);
  for (const auto& [id, offset] : run) {
    put_bytes(out, id);
    put(out, offset);
  }
}

}  // namespace

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) ::close(fd_);
}

std::string SegmentName::to_string() const {
  std::string digits = std::to_string(number);
  digits.insert(0, 10 - std::min<std::size_t>(10, digits.size()), '0');
  const std::string time = format_rfc3339(WallTime{std::chrono::hours{hour}});  // 2026-11-20T23:..
  return digits + "-" + time.substr(0, 4) + time.substr(5, 2) + time.substr(8, 2) +
         time.substr(11, 2);
}

std::optional<SegmentName> SegmentName::parse(std::string_view stem) {
  if (stem.size() != 21 || stem[10] != '-') return std::nullopt;
  const auto number = parse_digits<std::uint64_t>(stem.substr(0, 10));
  const auto year = parse_digits<int>(stem.substr(11, 4));
  const auto month = parse_digits<unsigned>(stem.substr(15, 2));
  const auto day = parse_digits<unsigned>(stem.substr(17, 2));
  const auto hour = parse_digits<int>(stem.substr(19, 2));
  if (!number || !year || !month || !day || !hour || *hour > 23) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                                         std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  const auto hours = std::chrono::floor<std::chrono::hours>(std::chrono::sys_days{date});
  return SegmentName{*number, hours.time_since_epoch().count() + *hour};
}

SpanSegment::SpanSegment(std::string path, SegmentName name, OwnedFd file)
    : path_(std::move(path)), name_(name), file_(std::move(file)) {}

Result<std::shared_ptr<SpanSegment>> SpanSegment::create(const std::string& directory,
                                                         SegmentName name) {
  const std::string path = directory + "/" + name.to_string();
  OwnedFd file(::open((path + ".spans").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return fail(io_error("made", path));
  TRY(write_all(file.get(), 0, kSegmentMagic, path));
  std::shared_ptr<SpanSegment> segment(new SpanSegment(path, name, std::move(file)));
  segment->size_ = kSegmentMagic.size();
  return segment;
}

Result<std::shared_ptr<SpanSegment>> SpanSegment::load(const std::string& directory,
                                                       SegmentName name) {
  const std::string path = directory + "/" + name.to_string();
  OwnedFd file(::open((path + ".spans").c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0) return fail(io_error("opened", path));
  std::shared_ptr<SpanSegment> segment(new SpanSegment(path, name, std::move(file)));
  segment->size_ = size_of(segment->file_.get());
  if (segment->open_index()) return segment;
  TRY(segment->scan());
  TRY(segment->seal());
  return segment;
}

std::uint64_t SpanSegment::bytes() const {
  const std::lock_guard lock(mutex_);
  return size_ + kIndexHeader + count_ * (2 * kKeyEntry + kOrderEntry);
}

std::size_t SpanSegment::records() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::string SpanSegment::read_file(const OwnedFd& file, std::uint64_t offset,
                                   std::size_t size) const {
  std::string out(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n =
        ::pread(file.get(), out.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  out.resize(done);
  return out;
}

Status SpanSegment::scan() {
  if (read_file(file_, 0, kSegmentMagic.size()) != kSegmentMagic) {
    return fail(Code::corrupt, "A span segment does not begin as one.", {}, path_);
  }
  std::uint64_t at = kSegmentMagic.size();
  while (true) {
    const auto header = decode_record_header(read_file(file_, at, kRecordHeaderBytes));
    if (!header) break;
    const auto record =
        decode_record(*header, read_file(file_, at + kRecordHeaderBytes, header->length));
    if (!record) break;
    entries_.push_back({record->summary.trace_id, record->summary.request_id, at, header->length,
                        crc32c(record->tenant)});
    at += kRecordHeaderBytes + header->length;
  }
  if (at < size_ && ::ftruncate(file_.get(), static_cast<off_t>(at)) != 0) {
    return fail(io_error("cut", path_));
  }
  size_ = at;
  count_ = entries_.size();
  return {};
}

Status SpanSegment::append(std::string_view bytes, std::vector<SpanEntry> entries) {
  if (Status written = write_all(file_.get(), size_, bytes, path_); !written) {
    // What a failed write left behind would hide the records after it from a scan; a later append
    // overwrites it.
    (void)!::ftruncate(file_.get(), static_cast<off_t>(size_));
    return written;
  }
  const std::lock_guard lock(mutex_);
  for (SpanEntry& entry : entries) {
    entry.offset += size_;
    entries_.push_back(entry);
  }
  size_ += bytes.size();
  count_ = entries_.size();
  return {};
}

Status SpanSegment::seal() {
  TRY(write_index(entries_));
  return open_index();
}

Status SpanSegment::write_index(const std::vector<SpanEntry>& entries) {
  std::string out(kIndexMagic);
  put(out, static_cast<std::uint64_t>(entries.size()));
  put(out, size_);
  put(out, std::uint64_t{0});
  put(out, crc32c(out));
  put(out, std::uint32_t{0});
  append_sorted(out, entries, [](const SpanEntry& entry) { return entry.trace_id.bytes; });
  append_sorted(out, entries, [](const SpanEntry& entry) { return entry.request_id.bytes; });
  for (const SpanEntry& entry : entries) {
    put(out, entry.offset);
    put(out, entry.length);
    put(out, entry.tenant);
  }
  const std::string temporary = path_ + ".index.new";
  const OwnedFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (file.get() < 0) return fail(io_error("made", temporary));
  TRY(write_all(file.get(), 0, out, temporary));
  if (::rename(temporary.c_str(), (path_ + ".index").c_str()) != 0) {
    return fail(io_error("renamed", temporary));
  }
  return {};
}

Status SpanSegment::open_index() {
  OwnedFd index(::open((path_ + ".index").c_str(), O_RDONLY | O_CLOEXEC));
  if (index.get() < 0) return fail(io_error("opened", path_));
  const std::string header = read_file(index, 0, kIndexHeader);
  LittleEndianReader reader(header);
  const auto magic = reader.take_text(kIndexMagic.size());
  const auto count = reader.take<std::uint64_t>();
  const auto segment_bytes = reader.take<std::uint64_t>();
  reader.take<std::uint64_t>();
  const auto checksum = reader.take<std::uint32_t>();
  const std::uint64_t size = size_of(index.get());
  const bool whole = reader.ok() && magic == kIndexMagic &&
                     checksum == crc32c(std::string_view(header).substr(0, 32)) &&
                     segment_bytes == size_ && count <= size / (2 * kKeyEntry + kOrderEntry) &&
                     size == kIndexHeader + count * (2 * kKeyEntry + kOrderEntry);
  if (!whole) return fail(Code::corrupt, "A span index does not fit its segment.", {}, path_);
  const std::lock_guard lock(mutex_);
  index_ = std::move(index);
  count_ = count;
  std::vector<SpanEntry>().swap(entries_);
  return {};
}

void SpanSegment::remove_files() {
  ::unlink((path_ + ".index").c_str());
  ::unlink((path_ + ".spans").c_str());
}

// Binary search in one of the two sorted runs of the index.
template <std::size_t N>
std::vector<std::uint64_t> SpanSegment::search(const std::array<std::uint8_t, N>& key,
                                               unsigned run) const {
  const std::uint64_t base = kIndexHeader + run * count_ * kKeyEntry;
  std::array<std::uint8_t, N> found{};
  std::uint64_t offset = 0;
  const auto load = [&](std::size_t i) {
    const std::string bytes = read_file(index_, base + i * kKeyEntry, kKeyEntry);
    LittleEndianReader reader(bytes);
    reader.take_into(found);
    offset = reader.take<std::uint64_t>();
    return reader.ok();
  };
  std::size_t low = 0, high = count_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (!load(middle)) return {};
    if (found < key)
      low = middle + 1;
    else
      high = middle;
  }
  std::vector<std::uint64_t> offsets;
  for (; low < count_ && load(low) && found == key; ++low) offsets.push_back(offset);
  return offsets;
}

std::vector<std::uint64_t> SpanSegment::find(const TraceId& id) const {
  const std::lock_guard lock(mutex_);
  if (index_.get() >= 0) return search(id.bytes, 0);
  std::vector<std::uint64_t> offsets;
  for (const SpanEntry& entry : entries_) {
    if (entry.trace_id == id) offsets.push_back(entry.offset);
  }
  return offsets;
}

std::vector<std::uint64_t> SpanSegment::find(const Uuid& request_id) const {
  const std::lock_guard lock(mutex_);
  if (index_.get() >= 0) return search(request_id.bytes, 1);
  std::vector<std::uint64_t> offsets;
  for (const SpanEntry& entry : entries_) {
    if (entry.request_id == request_id) offsets.push_back(entry.offset);
  }
  return offsets;
}

std::vector<SpanSegment::Listed> SpanSegment::list(std::uint32_t tenant, std::size_t before,
                                                   std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Listed> out;
  const std::size_t end = std::min(before, count_);
  if (index_.get() < 0) {
    for (std::size_t i = end; i > 0 && out.size() < limit; --i) {
      if (entries_[i - 1].tenant == tenant) out.push_back({i - 1, entries_[i - 1].offset});
    }
    return out;
  }
  const std::string run =
      read_file(index_, kIndexHeader + 2 * count_ * kKeyEntry, end * kOrderEntry);
  for (std::size_t i = run.size() / kOrderEntry; i > 0 && out.size() < limit; --i) {
    LittleEndianReader reader(std::string_view(run).substr((i - 1) * kOrderEntry, kOrderEntry));
    const auto offset = reader.take<std::uint64_t>();
    reader.take<std::uint32_t>();
    if (reader.take<std::uint32_t>() == tenant) out.push_back({i - 1, offset});
  }
  return out;
}

Result<SpanRecord> SpanSegment::read(std::uint64_t offset) const {
  const auto header = decode_record_header(read_file(file_, offset, kRecordHeaderBytes));
  if (!header) return fail(header.error());
  return decode_record(*header, read_file(file_, offset + kRecordHeaderBytes, header->length));
}

}  // namespace maester::telemetry
