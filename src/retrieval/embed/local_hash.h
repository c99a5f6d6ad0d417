// `local-hash`: a vector for a text without a model or a network, the same on every machine. Each
// word is spread over dimensions by hashes with a sign (feature hashing; Weinberger et al. 2009) of
// what typing errors and inflection leave alone: its stem, its beginning, its consonants, and the
// groups of three and four letters in it. Rare words weigh more. It knows nothing of meaning:
// synonyms stay apart. What it is worth is in docs/benchmarks/retrieval.md, why it is so in ADR
// 0125.
//
// For retrieval. The response cache compares questions by hash_embedder.h, which keeps small words.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace maester::retrieval {

inline constexpr std::size_t kLocalHashDimensions = 1024;
inline constexpr std::string_view kLocalHashVersion = "local-hash-2";

// Of unit length; all zeros for a text without a letter or digit. Thread-safe; about a millisecond
// for 400 words, of which most is ever the same: words that a thread has met are remembered.
std::vector<float> local_hash_vector(std::string_view text);

}  // namespace maester::retrieval
