#include "retrieval/embed/local_hash.h"

#include <libstemmer.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "retrieval/analysis/words.h"
#include "retrieval/embed.h"
#include "retrieval/embed/code_points.h"
#include "retrieval/embed/unit_length.h"
#include "retrieval/embed/word_rarity.h"

namespace maester::retrieval {
namespace {

// Kinds of features; part of the hash, so that a stem is no letter group.
enum Kind : std::uint64_t { kStem = 1, kBeginning, kConsonants, kConsonantSet, kThree, kFour };

constexpr float kKey = 0.5F;  // of each of the four keys: together as much as all letter groups
constexpr std::size_t kBeginningLetters = 5;
constexpr float kCommonest = 4;  // rarity of words that count for nothing
constexpr float kLeast = 0.05F;
constexpr float kSingleLetter = 0.15F;

std::uint64_t hash(std::string_view text, std::uint64_t kind) {
  std::uint64_t h = 0xcbf29ce484222325U ^ (kind * 0x9e3779b97f4a7c15U);
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  h ^= h >> 32;  // FNV's low bits depend on the last bytes most
  h *= 0xd6e8feb86659fd93U;
  return h ^ (h >> 32);
}

float weight_of(std::string_view word) {
  if (word.size() == 1 && (word[0] < '0' || word[0] > '9')) return kSingleLetter;
  const float rarity = (word_rarity(word) - kCommonest) / (kRarest - kCommonest);
  const float weight = std::max(rarity, kLeast);
  return weight * std::sqrt(weight);
}

// A word's features, as few as they are: dimension and weight with its sign.
struct Feature {
  std::uint16_t dimension;
  float weight;
};
using Features = std::vector<Feature>;

void add(Features& out, std::string_view feature, Kind kind, float weight) {
  const std::uint64_t h = hash(feature, kind);
  out.push_back(
      {static_cast<std::uint16_t>(h % kLocalHashDimensions), (h >> 63) != 0 ? -weight : weight});
}

bool is_vowel(std::string_view letter) {
  return letter.size() == 1 && std::string_view("aeiouy").find(letter[0]) != std::string_view::npos;
}

std::vector<std::string_view> letters_of(std::string_view word) {
  std::vector<std::string_view> out;
  each_code_point(word, [&](char32_t, std::string_view bytes) { out.push_back(bytes); });
  return out;
}

// The first letter and the consonants after it, doubled ones once: survives wrong vowels.
std::string consonants(const std::vector<std::string_view>& letters) {
  std::string out(letters[0]);
  for (std::size_t i = 1; i < letters.size(); ++i) {
    if (!is_vowel(letters[i]) && letters[i] != letters[i - 1]) out += letters[i];
  }
  return out;
}

// All consonants in order of the alphabet, each once: survives letters that are swapped or doubled.
std::string consonant_set(std::vector<std::string_view> letters) {
  std::ranges::sort(letters);
  std::string out;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (!is_vowel(letters[i]) && (i == 0 || letters[i] != letters[i - 1])) out += letters[i];
  }
  return out;
}

struct CloseStemmer {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

// Porter's, also for words of other languages: they only must be equal where they were.
std::string stem_of(std::string_view word) {
  thread_local const std::unique_ptr<sb_stemmer, CloseStemmer> stemmer(
      sb_stemmer_new("porter", "UTF_8"));
  const sb_symbol* const out =
      stemmer == nullptr
          ? nullptr
          : sb_stemmer_stem(stemmer.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                            static_cast<int>(word.size()));
  if (out == nullptr) return std::string(word);
  return {reinterpret_cast<const char*>(out),
          static_cast<std::size_t>(sb_stemmer_length(stemmer.get()))};
}

void add_groups(Features& out, const std::string& word) {
  const std::string framed = "<" + word + ">";
  const std::vector<std::string_view> letters = letters_of(framed);
  std::size_t groups = 0;
  for (const std::size_t n : {3U, 4U}) groups += letters.size() >= n ? letters.size() - n + 1 : 0;
  if (groups == 0) return;
  const float weight = 1 / std::sqrt(static_cast<float>(groups));
  for (const std::size_t n : {3U, 4U}) {
    for (std::size_t i = 0; i + n <= letters.size(); ++i) {
      const char* const begin = letters[i].data();
      const char* const end = letters[i + n - 1].data() + letters[i + n - 1].size();
      add(out, {begin, static_cast<std::size_t>(end - begin)}, n == 3 ? kThree : kFour, weight);
    }
  }
}

Features features_of(const std::string& word) {
  Features out;
  const std::vector<std::string_view> letters = letters_of(word);
  add(out, stem_of(word), kStem, kKey);
  const std::size_t beginning =
      letters.size() <= kBeginningLetters
          ? word.size()
          : static_cast<std::size_t>(letters[kBeginningLetters].data() - word.data());
  add(out, std::string_view(word).substr(0, beginning), kBeginning, kKey);
  add(out, consonants(letters), kConsonants, kKey);
  if (const std::string set = consonant_set(letters); !set.empty())
    add(out, set, kConsonantSet, kKey);
  add_groups(out, word);
  const float weight = weight_of(word);
  for (Feature& one : out) one.weight *= weight;
  return out;
}

// Features of words met before; emptied when it has grown.
const Features& remembered(const std::string& word) {
  constexpr std::size_t kMost = 20'000;
  thread_local std::unordered_map<std::string, Features> memory;
  if (memory.size() >= kMost) memory.clear();
  const auto [at, fresh] = memory.try_emplace(word);
  if (fresh) at->second = features_of(word);
  return at->second;
}

class LocalHash final : public Embedder {
 public:
  Result<std::vector<std::vector<float>>> embed(std::span<const std::string_view> texts,
                                                Purpose) const override {
    std::vector<std::vector<float>> out;
    out.reserve(texts.size());
    for (const std::string_view text : texts) out.push_back(local_hash_vector(text));
    return out;
  }
  std::size_t dimensions() const override { return kLocalHashDimensions; }
  std::string version() const override { return std::string(kLocalHashVersion); }
};

}  // namespace

std::vector<float> local_hash_vector(std::string_view text) {
  thread_local WordBreaker breaker;
  std::map<std::string, float, std::less<>> counts;  // in order: sums round the same everywhere
  breaker.words(text, [&](std::string_view word) {
    const auto at = counts.lower_bound(word);
    if (at != counts.end() && at->first == word)
      ++at->second;
    else
      counts.emplace_hint(at, word, 1.0F);
  });
  std::vector<float> out(kLocalHashDimensions, 0.0F);
  for (const auto& [word, count] : counts) {
    const float times = 1 + std::log(count);
    for (const Feature& one : remembered(word)) out[one.dimension] += times * one.weight;
  }
  to_unit_length(out);
  return out;
}

std::shared_ptr<const Embedder> make_hash_embedder() {
  return std::make_shared<const LocalHash>();
}

}  // namespace maester::retrieval
