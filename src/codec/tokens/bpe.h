// Byte pair encoding of one piece: merge the adjacent pair of lowest rank, leftmost first, until no
// pair is a token (Sennrich et al. 2016, as OpenAI's tiktoken does it).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "codec/tokens/rank_table.h"

namespace maester::tokens {

// Appends the piece's tokens to `out` when it is given; answers how many there are. Both give the
// same tokens: merge_scan() looks for the lowest rank anew after each merge (quadratic, fastest on
// short pieces), merge_heap() keeps a heap (n log n, whatever the piece). REQUIRES: not empty;
// merge_scan: at most kScanMax bytes.
inline constexpr std::size_t kScanMax = 96;
std::size_t merge_scan(const RankTable& ranks, std::string_view piece, std::vector<TokenId>* out);
std::size_t merge_heap(const RankTable& ranks, std::string_view piece, std::vector<TokenId>* out);

// The piece as one token when it is one, else merged by whichever of both fits its length.
std::size_t encode_piece(const RankTable& ranks, std::string_view piece, std::vector<TokenId>* out);

}  // namespace maester::tokens
