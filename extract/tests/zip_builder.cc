#include "extract/tests/zip_builder.h"

#include <zlib.h>

namespace maester::extract {
namespace {

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> 8 * i & 0xff);
}
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

std::string run_deflate(z_stream& stream, std::string_view bytes, int flush) {
  std::string out(::deflateBound(&stream, bytes.size()) + 64, '\0');
  std::string copy(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, flush);
  out.resize(out.size() - stream.avail_out);
  return out;
}

std::string zeros(std::size_t mebibytes, int window_bits) {
  z_stream stream{};
  ::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY);
  const std::string megabyte(1 << 20, '\0');
  std::string out = run_deflate(stream, megabyte, Z_SYNC_FLUSH);
  // The second block refers to zeros only: it may be said again and again.
  const std::string again = run_deflate(stream, megabyte, Z_SYNC_FLUSH);
  out.reserve(out.size() + mebibytes * again.size());
  for (std::size_t i = 1; i < mebibytes; ++i) out += again;
  ::deflateEnd(&stream);
  return out + std::string("\x03\x00", 2);  // an empty last block
}

}  // namespace

std::string deflated(std::string_view bytes) {
  z_stream stream{};
  ::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  std::string out = run_deflate(stream, bytes, Z_FINISH);
  ::deflateEnd(&stream);
  return out;
}

std::string deflated_zeros(std::size_t mebibytes) {
  return zeros(mebibytes, -15);
}
std::string zlib_zeros(std::size_t mebibytes) {
  return zeros(mebibytes, 15);
}

std::string zip_of(const std::vector<ZipMember>& members) {
  std::string out;
  std::string directory;
  for (const ZipMember& m : members) {
    const auto offset = static_cast<u32>(out.size());
    const auto crc =
        m.deflated ? u32{0}
                   : static_cast<u32>(::crc32(0, reinterpret_cast<const Bytef*>(m.bytes.data()),
                                              static_cast<uInt>(m.bytes.size())));
    const u32 size = m.inflated != 0 ? m.inflated : static_cast<u32>(m.bytes.size());
    std::string common;
    put(common, u16{20});  // version needed
    put(common, u16{0});
    put(common, static_cast<u16>(m.deflated ? 8 : 0));
    put(common, u32{0x5a215a21});  // time and date
    put(common, crc);
    put(common, static_cast<u32>(m.bytes.size()));
    put(common, size);
    put(common, static_cast<u16>(m.name.size()));
    put(common, u16{0});
    out += "PK\x03\x04" + common + m.name + m.bytes;
    directory += "PK\x01\x02";
    put(directory, u16{0x0314});  // made by Unix
    directory += common;
    put(directory, u16{0});
    put(directory, u16{0});
    put(directory, u16{0});
    put(directory, m.attributes);
    put(directory, offset);
    directory += m.name;
  }
  const u64 start = out.size();
  out += directory;
  if (members.size() >= 0xffff) {
    const u64 wide = out.size();
    out += "PK\x06\x06";
    put(out, u64{44});
    put(out, u16{45});
    put(out, u16{45});
    put(out, u32{0});
    put(out, u32{0});
    put(out, static_cast<u64>(members.size()));
    put(out, static_cast<u64>(members.size()));
    put(out, static_cast<u64>(directory.size()));
    put(out, start);
    out += "PK\x06\x07";
    put(out, u32{0});
    put(out, wide);
    put(out, u32{1});
  }
  const auto count = static_cast<u16>(members.size() >= 0xffff ? 0xffff : members.size());
  out += "PK\x05\x06";
  put(out, u32{0});
  put(out, count);
  put(out, count);
  put(out, static_cast<u32>(directory.size()));
  put(out, static_cast<u32>(start));
  put(out, u16{0});
  return out;
}

std::string docx_of(std::string xml) {
  return zip_of({
      {"[Content_Types].xml", "<Types/>"},
      {"_rels/.rels",
       "<Relationships><Relationship Id=\"r1\" Target=\"word/document.xml\" "
       "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
       "officeDocument\"/>"
       "</Relationships>"},
      {"word/document.xml", std::move(xml)},
  });
}

}  // namespace maester::extract
