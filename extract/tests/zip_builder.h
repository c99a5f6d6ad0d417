// ZIP archives made by hand, truthful or not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace maester::extract {

struct ZipMember {
  std::string name;
  std::string bytes;             // as they stand in the archive
  bool deflated = false;         // `bytes` is a raw deflate stream
  std::uint32_t inflated = 0;    // what the archive says; 0 = the truth of a stored member
  std::uint32_t attributes = 0;  // Unix mode << 16
};
std::string zip_of(const std::vector<ZipMember>& members);
std::string deflated(std::string_view bytes);
// A raw deflate stream of so many MiB of zeros (about 1,000 times smaller), without making them.
std::string deflated_zeros(std::size_t mebibytes);
// The same within a zlib wrapper, for PDF.
std::string zlib_zeros(std::size_t mebibytes);
// A Word document with this as its word/document.xml.
std::string docx_of(std::string xml);

}  // namespace maester::extract
