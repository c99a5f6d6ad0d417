#include "checks/overlap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "codec/text.h"

namespace maester::checks {
namespace {

using Words = std::vector<std::string>;
using Counts = std::map<std::string, std::size_t, std::less<>>;

Words split(std::string_view text) {
  Words out;
  std::string word;
  for (const char c : text) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      if (!word.empty()) out.push_back(std::exchange(word, {}));
    } else {
      word += c;
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

bool punctuation(char c) {
  return std::string_view(",;:@#$%&?!\"()[]{}<>`").find(c) != std::string_view::npos;
}

// Penn Treebank: punctuation stands alone, the last full stop too, and contractions are cut before
// their end (n't, 's, 'll ...).
void cut_contraction(std::string word, Words& out) {
  for (const std::string_view end : {"n't", "'ll", "'re", "'ve", "'s", "'m", "'d", "'"}) {
    if (word.size() <= end.size() || !word.ends_with(end)) continue;
    out.push_back(word.substr(0, word.size() - end.size()));
    out.emplace_back(end);
    return;
  }
  out.push_back(std::move(word));
}

Words treebank(std::string_view text) {
  std::string spaced;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text.substr(i).starts_with("...") || text.substr(i).starts_with("--")) {
      const std::size_t size = c == '.' ? 3 : 2;
      spaced += " " + std::string(text.substr(i, size)) + " ";
      i += size - 1;
    } else if (punctuation(c)) {
      // A comma or colon between digits belongs to its number.
      const bool digits = (c == ',' || c == ':') && i > 0 && i + 1 < text.size() &&
                          std::isdigit(static_cast<unsigned char>(text[i - 1])) != 0 &&
                          std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0;
      spaced += digits ? std::string(1, c) : std::string{' ', c, ' '};
    } else {
      spaced += c;
    }
  }
  Words out;
  const Words words = split(spaced);
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    const bool last_stop =
        i + 1 == words.size() && word.size() > 1 && word.ends_with('.') && !word.ends_with("...");
    if (last_stop) word.pop_back();
    cut_contraction(std::move(word), out);
    if (last_stop) out.emplace_back(".");
  }
  return out;
}

Counts n_grams(const Words& words, std::size_t n) {
  Counts out;
  for (std::size_t i = 0; i + n <= words.size(); ++i) {
    std::string gram;
    for (std::size_t k = 0; k < n; ++k) gram += words[i + k] + '\x1f';
    ++out[gram];
  }
  return out;
}

std::size_t clipped(const Counts& candidate, const Counts& reference) {
  std::size_t out = 0;
  for (const auto& [gram, count] : candidate) {
    const auto found = reference.find(gram);
    if (found != reference.end()) out += std::min(count, found->second);
  }
  return out;
}

std::size_t grams_in(const Words& words, std::size_t n) {
  return words.size() < n ? 0 : words.size() - n + 1;
}

}  // namespace

double rouge_1(std::string_view candidate, std::string_view reference) {
  const Words ours = treebank(text::to_lower(candidate));
  const Words theirs = treebank(text::to_lower(reference));
  const auto common = static_cast<double>(clipped(n_grams(ours, 1), n_grams(theirs, 1)));
  if (common == 0) return 0;
  const double precision = common / static_cast<double>(ours.size());
  const double recall = common / static_cast<double>(theirs.size());
  return 2 * precision * recall / (precision + recall);
}

double bleu(std::string_view candidate, const std::vector<std::string>& references) {
  const Words ours = split(text::to_lower(candidate));
  std::vector<Words> theirs;
  for (const std::string& one : references) theirs.push_back(split(text::to_lower(one)));
  if (ours.empty() || theirs.empty()) return 0;
  double logs = 0;
  double weights = 0;
  for (std::size_t n = 1; n <= 4; ++n) {
    const std::size_t total = grams_in(ours, n);
    if (total == 0) continue;
    const Counts grams = n_grams(ours, n);
    std::size_t best = 0;
    for (const Words& one : theirs) best = std::max(best, clipped(grams, n_grams(one, n)));
    const double precision = static_cast<double>(best) / static_cast<double>(total);
    logs += 0.25 * std::log(precision == 0 ? 1e-7 : precision);
    weights += 0.25;
  }
  // The reference of the nearest length; of two as near, the shorter.
  std::size_t nearest = theirs[0].size();
  const auto distance = [&](std::size_t size) {
    return size > ours.size() ? size - ours.size() : ours.size() - size;
  };
  for (const Words& one : theirs) {
    const bool nearer = distance(one.size()) < distance(nearest);
    if (nearer || (distance(one.size()) == distance(nearest) && one.size() < nearest))
      nearest = one.size();
  }
  const double ratio = static_cast<double>(nearest) / static_cast<double>(ours.size());
  const double brevity = ours.size() > nearest ? 1 : std::exp(1 - ratio);
  return brevity * std::exp(logs / weights);
}

double gleu(std::string_view candidate, const std::vector<std::string>& references) {
  const auto words = [](std::string_view text) {
    Words out = split(text::to_lower(text));
    for (std::string& word : out) word.erase(word.find_last_not_of('.') + 1);
    return out;
  };
  const Words ours = words(candidate);
  double best = 0;
  for (const std::string& one : references) {
    const Words theirs = words(one);
    if (ours == theirs) return 1;
    std::size_t common = 0, mine = 0, its = 0;
    for (std::size_t n = 1; n <= 4; ++n) {
      common += clipped(n_grams(ours, n), n_grams(theirs, n));
      mine += grams_in(ours, n);
      its += grams_in(theirs, n);
    }
    const std::size_t larger = std::max(mine, its);
    if (larger != 0)
      best = std::max(best, static_cast<double>(common) / static_cast<double>(larger));
  }
  return best;
}

}  // namespace maester::checks
