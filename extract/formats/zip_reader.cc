#include "extract/formats/zip_reader.h"

#include <zip.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "extract/formats/charset.h"
#include "extract/formats/refusal.h"

namespace maester::extract {
namespace {

constexpr std::uint64_t kMaxEntries = 10'000;
constexpr std::uint64_t kMaxInflated = 256UL << 20;
constexpr std::uint64_t kMaxRatio = 100;
// Small archives of very even text pass 100:1 and harm nobody.
constexpr std::uint64_t kRatioFrom = 1UL << 20;

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

constexpr std::uint32_t kFileType = 0170000;
constexpr std::uint32_t kSymbolicLink = 0120000;

// The count that the archive's end declares, before anything is made of it.
std::uint64_t declared_entries(std::string_view bytes) {
  const std::size_t end = bytes.rfind("PK\x05\x06");
  if (end == std::string_view::npos || end + 12 > bytes.size()) return 0;
  const auto count = static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[end + 10]) |
                                                static_cast<unsigned char>(bytes[end + 11]) << 8U);
  if (count != 0xffff) return count;
  const std::size_t wide = bytes.rfind("PK\x06\x06", end);  // ZIP64
  if (wide == std::string_view::npos || wide + 40 > bytes.size()) return count;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[wide + 32 + i])) << 8 * i;
  return value;
}

}  // namespace

void ZipReader::Close::operator()(::zip* archive) const {
  zip_discard(archive);
}

Result<ZipReader> ZipReader::open(std::string_view bytes) {
  if (declared_entries(bytes) > kMaxEntries)
    return bomb("The archive has more than 10,000 entries.");
  ZipReader out;
  out.size_ = bytes.size();
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) return corrupt("The archive could not be read.");
  out.archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
  if (!out.archive_) {
    zip_source_free(source);
    return corrupt("The archive is damaged or cut off.");
  }
  const zip_int64_t count = zip_get_num_entries(out.archive_.get(), 0);
  if (count > static_cast<zip_int64_t>(kMaxEntries))
    return bomb("The archive has more than 10,000 entries.");
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(out.archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW, &stat) !=
        0)
      return corrupt("The archive's list of entries is damaged.");
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE)
      return encrypted("The archive is protected with a password.");
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    zip_file_get_external_attributes(out.archive_.get(), static_cast<zip_uint64_t>(i), 0, &system,
                                     &attributes);
    Entry entry;
    const std::string_view raw = stat.name;
    entry.name = utf8::valid(raw) ? std::string(raw) : convert(raw, "ibm-437").value_or("?");
    entry.index = static_cast<std::uint64_t>(i);
    entry.compressed = stat.comp_size;
    entry.folder = entry.name.ends_with('/');
    entry.link = (attributes >> 16 & kFileType) == kSymbolicLink;
    out.entries_.push_back(std::move(entry));
  }
  return out;
}

const ZipReader::Entry* ZipReader::find(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : &*found;
}

Result<std::string> ZipReader::read(const Entry& entry) {
  const std::unique_ptr<zip_file_t, CloseFile> file(
      zip_fopen_index(archive_.get(), entry.index, 0));
  if (!file) return corrupt("The archive's entry " + entry.name + " cannot be read.");
  std::string out;
  std::array<char, 64 << 10> piece;
  for (;;) {
    const zip_int64_t n = zip_fread(file.get(), piece.data(), piece.size());
    if (n < 0) return corrupt("The archive's entry " + entry.name + " is damaged.");
    if (n == 0) break;
    inflated_ += static_cast<std::uint64_t>(n);
    if (inflated_ > kMaxInflated) return bomb("The archive expands to more than 256 MiB.");
    if (inflated_ > kRatioFrom && inflated_ / kMaxRatio > size_)
      return bomb("The archive expands to more than 100 times its size.");
    out.append(piece.data(), static_cast<std::size_t>(n));
  }
  return out;
}

}  // namespace maester::extract
