#include <cstdint>

#include "retrieval/evaluate/judged_queries.h"

namespace maester::retrieval {
namespace {

constexpr std::size_t kShortest = 4;

// FNV-1a with a finisher: a draw for each word that depends on nothing else.
std::uint64_t draw_for(std::string_view query, std::size_t number, std::string_view word) {
  std::uint64_t h = 0xcbf29ce484222325;
  const auto add = [&h](std::string_view text) {
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    h = (h ^ 0xff) * 0x100000001b3;
  };
  add(query);
  add(std::to_string(number));
  add(word);
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9;
  h = (h ^ (h >> 27)) * 0x94d049bb133111eb;
  return h ^ (h >> 31);
}

std::string mistype(std::string word, std::uint64_t draw) {
  const std::size_t at = 1 + draw / 4 % (word.size() - 2);
  const char wrong = static_cast<char>('a' + draw / 1024 % 26);
  switch (draw % 4) {
    case 0:
      std::swap(word[at], word[at + 1 < word.size() - 1 ? at + 1 : at - 1]);
      break;
    case 1:
      word.erase(at, 1);
      break;
    case 2:
      word.insert(at, 1, word[at]);
      break;
    default:
      word[at] = word[at] == wrong ? 'x' : wrong;
  }
  return word;
}

std::string inflect(std::string_view word, std::uint64_t draw) {
  const auto without = [&](std::size_t letters, std::string_view ending) {
    return std::string(word.substr(0, word.size() - letters)).append(ending);
  };
  if (word.ends_with("ies")) return without(3, "y");
  if (word.ends_with("s")) return without(1, "");
  if (word.ends_with("ing")) return without(3, "ed");
  if (word.ends_with("ed")) return without(2, "ing");
  if (word.ends_with("e")) return without(0, "s");
  return without(0, draw % 2 == 0 ? "s" : "ing");
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string misspell(const JudgedQuery& query, unsigned of_eight) {
  const std::string_view text = query.text;
  std::string out;
  std::size_t words = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_letter(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    if (word.size() >= kShortest) {
      const std::uint64_t draw = draw_for(query.id, ++words, word);
      out += draw % 8 >= of_eight ? inflect(word, draw / 8) : mistype(std::string(word), draw / 8);
    } else {
      out += word;
    }
    if (end == at) out += text[end++];
    at = end;
  }
  return out;
}

}  // namespace maester::retrieval
