#include "fakeprovider/bomb.h"

#include <cstdint>

namespace maester::rig {
namespace {

// Deflate packs bits from the lowest upwards; Huffman codes go in with their highest bit first.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  void code(unsigned bits, int count) {
    for (int i = count - 1; i >= 0; --i) bit(bits >> i & 1u);
  }
  void bit(unsigned value) {
    byte_ = byte_ | value << used_;
    if (++used_ == 8) flush();
  }
  void flush() {
    if (used_ > 0) out_.push_back(static_cast<char>(byte_));
    byte_ = 0;
    used_ = 0;
  }

 private:
  std::string& out_;
  unsigned byte_ = 0;
  int used_ = 0;
};

}  // namespace

std::string gzip_of_zeros(std::size_t size) {
  std::string out("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
  out.reserve(size / 158 + 64);
  BitWriter bits(out);
  bits.bit(1);               // last block
  bits.code(0b10, 2);        // type 01, low bit first
  bits.code(0b00110000, 8);  // literal 0
  for (std::size_t i = 0; i < size / 258; ++i) {
    bits.code(0b11000101, 8);  // length 258
    bits.code(0, 5);           // distance 1
  }
  bits.code(0, 7);  // end of block
  bits.flush();
  return out.append(8, '\0');
}

}  // namespace maester::rig
