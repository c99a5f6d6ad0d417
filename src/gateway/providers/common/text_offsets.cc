#include "gateway/providers/common/text_offsets.h"

namespace maester::gateway::providers {

std::int64_t byte_offset(std::string_view text, std::int64_t index) {
  std::size_t at = 0;
  while (at < text.size()) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && index-- <= 0) break;
    ++at;
  }
  return static_cast<std::int64_t>(at);
}

}  // namespace maester::gateway::providers
