// A gzip member of `size` zero bytes, without a compression library: one fixed-Huffman block of the
// longest matches.
#pragma once

#include <cstddef>
#include <string>

namespace maester::rig {

// `size` is rounded down to a multiple of 258, plus one. The checksum at its end is not valid:
// whoever gets there has already unpacked everything.
std::string gzip_of_zeros(std::size_t size);

}  // namespace maester::rig
