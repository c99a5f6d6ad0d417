#include "retrieval/segment/format.h"

#include "base/hash.h"
#include "retrieval/segment/bytes.h"
#include "retrieval/segment/dictionary.h"

namespace maester::retrieval {
namespace {

constexpr std::string_view kMagic = "MAESTSEG";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kTable = 64, kCrc = kHeadBytes - 4;

std::unexpected<Error> broken(const char* why) {
  return fail(Code::corrupt,
              "A segment of the index is damaged. Restore it or build the index anew.", {}, why);
}

}  // namespace

std::string encode_head(const Head& head) {
  std::string out(kMagic);
  put(out, kVersion);
  put(out, static_cast<std::uint32_t>(kSections));
  put(out, head.file_size);
  put(out, head.counts.documents);
  put(out, head.counts.chunks);
  put(out, head.counts.length);
  put(out, head.counts.dimensions);
  put(out, head.counts.terms);
  out.resize(kTable, '\0');
  for (const Head::Range& section : head.sections) {
    put(out, section.offset);
    put(out, section.size);
    put(out, section.crc);
    put(out, std::uint32_t{0});
  }
  out.resize(kCrc, '\0');
  put(out, crc32c(out));
  return out;
}

Result<Head> decode_head(std::string_view file) {
  if (file.size() < kHeadBytes || !file.starts_with(kMagic)) return broken("no segment's head");
  if (load<std::uint32_t>(file.data() + kCrc) != crc32c(file.substr(0, kCrc))) {
    return broken("the head's checksum differs");
  }
  Reader reader(file.substr(kMagic.size(), kTable - kMagic.size()));
  if (reader.fixed<std::uint32_t>() != kVersion) return broken("unknown version of the format");
  if (reader.fixed<std::uint32_t>() != kSections) return broken("number of sections");
  Head head;
  head.file_size = reader.fixed<std::uint64_t>();
  head.counts.documents = reader.fixed<std::uint32_t>();
  head.counts.chunks = reader.fixed<std::uint32_t>();
  head.counts.length = reader.fixed<std::uint64_t>();
  head.counts.dimensions = reader.fixed<std::uint32_t>();
  head.counts.terms = reader.fixed<std::uint32_t>();
  if (head.file_size != file.size()) return broken("the file's size differs");
  Reader table(file.substr(kTable, kCrc - kTable));
  for (Head::Range& section : head.sections) {
    section.offset = table.fixed<std::uint64_t>();
    section.size = table.fixed<std::uint64_t>();
    section.crc = table.fixed<std::uint32_t>();
    table.fixed<std::uint32_t>();
    if (section.offset > file.size() || section.size > file.size() - section.offset ||
        section.offset % kSectionAlignment != 0) {
      return broken("a section does not lie within the file");
    }
  }
  const auto size = [&](Section section) {
    return head.sections[static_cast<std::size_t>(section)].size;
  };
  const std::uint64_t documents = head.counts.documents, chunks = head.counts.chunks;
  const std::uint64_t blocks = (head.counts.terms + kTermsPerBlock - 1) / kTermsPerBlock;
  if (size(Section::documents) != documents * sizeof(DocumentRecord) ||
      size(Section::by_id) != documents * 4 || size(Section::by_source) != documents * 4 ||
      size(Section::chunks) != chunks * sizeof(ChunkRecord) ||
      size(Section::lengths) != chunks * 2 || size(Section::term_blocks) != blocks * 8) {
    return broken("a section's size does not follow from the counts");
  }
  return head;
}

}  // namespace maester::retrieval
