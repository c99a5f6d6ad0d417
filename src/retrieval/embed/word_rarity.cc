#include "retrieval/embed/word_rarity.h"

#include <charconv>
#include <unordered_map>

// embed/data/common_words.txt: a line each for a rarity and its words
// (scripts/make_common_words.py)
extern "C" const char maester_common_words_begin[], maester_common_words_end[];

namespace maester::retrieval {
namespace {

using Table = std::unordered_map<std::string_view, float>;

Table read() {
  Table out;
  out.reserve(40'000);
  const std::string_view text(
      maester_common_words_begin,
      static_cast<std::size_t>(maester_common_words_end - maester_common_words_begin));
  float rarity = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (!word.empty() && word[0] >= '0' && word[0] <= '9')
      std::from_chars(word.data(), word.data() + word.size(), rarity);
    else if (!word.empty())
      out.emplace(word, rarity);
    at = end + 1;
  }
  return out;
}

}  // namespace

float word_rarity(std::string_view word) {
  static const Table table = read();
  const auto found = table.find(word);
  return found == table.end() ? kRarest : found->second;
}

}  // namespace maester::retrieval
