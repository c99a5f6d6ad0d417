#include "codec/tokens/tokens.h"

#include <array>

#include "base/utf8.h"
#include "codec/tokens/bpe.h"
#include "codec/tokens/rank_table.h"
#include "codec/tokens/split.h"

extern "C" const char maester_o200k_base_begin[];
extern "C" const char maester_o200k_base_end[];
extern "C" const char maester_cl100k_base_begin[];
extern "C" const char maester_cl100k_base_end[];

namespace maester::tokens {
namespace {

RankTable ranks_of(Encoding encoding) {
  const char* begin = maester_o200k_base_begin;
  const char* end = maester_o200k_base_end;
  if (encoding == Encoding::cl100k_base) {
    begin = maester_cl100k_base_begin;
    end = maester_cl100k_base_end;
  }
  return RankTable({begin, static_cast<std::size_t>(end - begin)});  // reads 16 bytes
}

// Counts, and appends the ids to `out` when it is given.
std::size_t encode(Encoding encoding, std::string_view text, std::vector<TokenId>* out) {
  std::string repaired;
  if (!utf8::valid(text)) text = repaired = well_formed(text);
  const RankTable ranks = ranks_of(encoding);
  const Pattern pattern =
      encoding == Encoding::o200k_base ? Pattern::o200k_base : Pattern::cl100k_base;
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t length = first_piece(pattern, text);
    count += encode_piece(ranks, text.substr(0, length), out);
    text.remove_prefix(length);
  }
  return count;
}

// How many bytes at `at` are one maximal ill-formed part: a well-formed sequence's beginning, or
// one byte.
std::size_t ill_formed_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned lead = byte(at);
  if (lead < 0xe0 || lead > 0xf4) return 1;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  if (byte(at + 1) < low || byte(at + 1) > high) return 1;
  const bool third = lead >= 0xf0 && (byte(at + 2) & 0xc0) == 0x80;
  return third ? 3 : 2;
}

}  // namespace

std::string_view to_string(Encoding encoding) {
  return encoding == Encoding::o200k_base ? "o200k_base" : "cl100k_base";
}

bool available(Encoding encoding) {
  return !ranks_of(encoding).empty();
}

std::size_t count_tokens(Encoding encoding, std::string_view text) {
  return encode(encoding, text, nullptr);
}

std::vector<std::uint32_t> encode_ordinary(Encoding encoding, std::string_view text) {
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 4 + 1);
  encode(encoding, text, &ids);
  return ids;
}

std::string decode(Encoding encoding, std::span<const std::uint32_t> ids) {
  const RankTable ranks = ranks_of(encoding);
  std::string out;
  for (const TokenId id : ids) out += ranks.bytes(id);
  return out;
}

std::size_t count_chat_tokens(Encoding encoding, std::span<const ChatText> messages) {
  constexpr std::size_t kPerMessage = 3;
  constexpr std::size_t kPerName = 1;
  constexpr std::size_t kPriming = 3;
  std::size_t count = kPriming;
  for (const ChatText& message : messages) {
    count += kPerMessage + count_tokens(encoding, message.role) +
             count_tokens(encoding, message.content);
    if (!message.name.empty()) count += kPerName + count_tokens(encoding, message.name);
  }
  return count;
}

std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = utf8::decode(text, at).length;
    if (length > 0) {
      out += text.substr(at, length);
    } else {
      utf8::append(out, 0xfffd);
      length = ill_formed_length(text, at);
    }
    at += length;
  }
  return out;
}

}  // namespace maester::tokens
