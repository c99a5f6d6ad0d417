#include "retrieval/hash_embedder.h"

#include <unicode/uchar.h>

#include <cmath>
#include <cstdint>
#include <string>

#include "base/utf8.h"

namespace maester::retrieval {
namespace {

constexpr float kWord = 1.0F;
constexpr float kShortWord = 0.35F;  // of up to three letters: mostly grammar
constexpr float kPair = 0.35F;
constexpr float kLetters = 0.9F;  // of all letter groups of a word together
constexpr std::size_t kLongestWord = 64;

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t h = 0xcbf29ce484222325U ^ (seed * 0x9e3779b97f4a7c15U);
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  h ^= h >> 32;  // FNV's low bits depend on the last bytes most
  h *= 0xd6e8feb86659fd93U;
  return h ^ (h >> 32);
}

void add(std::vector<float>& vector, std::string_view feature, std::uint64_t kind, float weight) {
  const std::uint64_t h = hash(feature, kind);
  vector[h % kHashDimensions] += (h >> 63) != 0 ? -weight : weight;
}

// Begins of the word's code points, and its end.
std::vector<std::size_t> borders(std::string_view word) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((static_cast<unsigned char>(word[i]) & 0xc0) != 0x80) out.push_back(i);
  }
  out.push_back(word.size());
  return out;
}

void add_letters(std::vector<float>& vector, const std::string& word) {
  const std::string framed = "<" + word + ">";
  const std::vector<std::size_t> at = borders(framed);
  const std::size_t letters = at.size() - 1;
  std::size_t groups = 0;
  for (std::size_t n = 3; n <= 5; ++n) groups += letters >= n ? letters - n + 1 : 0;
  if (groups == 0) return;
  const float weight = kLetters / std::sqrt(static_cast<float>(groups));
  for (std::size_t n = 3; n <= 5; ++n) {
    for (std::size_t i = 0; i + n <= letters; ++i) {
      add(vector, std::string_view(framed).substr(at[i], at[i + n] - at[i]), n, weight);
    }
  }
}

}  // namespace

std::vector<float> hash_embedding(std::string_view text) {
  std::vector<float> vector(kHashDimensions, 0.0F);
  std::string word, previous;
  const auto end_word = [&] {
    if (word.empty()) return;
    const bool is_short = borders(word).size() - 1 <= 3;
    add(vector, word, 1, is_short ? kShortWord : kWord);
    add_letters(vector, word);
    if (!previous.empty()) add(vector, previous + " " + word, 2, kPair);
    previous = std::move(word);
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const utf8::Decoded one = utf8::decode(text, at);
    at += one.length == 0 ? 1 : one.length;
    const bool inside = one.length > 0 && u_isalnum(static_cast<UChar32>(one.code_point)) &&
                        word.size() < kLongestWord;
    if (inside)
      utf8::append(word, static_cast<char32_t>(u_foldCase(static_cast<UChar32>(one.code_point),
                                                          U_FOLD_CASE_DEFAULT)));
    else
      end_word();
  }
  end_word();
  float square = 0;
  for (const float x : vector) square += x * x;
  if (square > 0) {
    const float scale = 1.0F / std::sqrt(square);
    for (float& x : vector) x *= scale;
  }
  return vector;
}

float cosine(const std::vector<float>& a, const std::vector<float>& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace maester::retrieval
