#include "retrieval/segment/inverter.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace maester::retrieval {
namespace {

constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15U;

// Of up to 64 bytes; never 0. Multiply and fold, eight bytes at a time.
std::uint64_t hash_of(std::string_view word) {
  std::uint64_t h = word.size() * kMultiplier;
  const char* p = word.data();
  std::size_t n = word.size();
  const auto mix = [&](std::uint64_t part) {
    h = (h ^ part) * 0xd6e8feb86659fd93U;
    h ^= h >> 32;
  };
  for (; n >= 8; n -= 8, p += 8) mix(load<std::uint64_t>(p));
  std::uint64_t rest = 0;
  std::memcpy(&rest, p, n);
  mix(rest);
  h *= kMultiplier;
  return h | 1;
}

}  // namespace

Inverter::Inverter(Analyser analyser) : analyser_(std::move(analyser)), slots_(1 << 12) {}

Inverter::TermId Inverter::analyse_word(std::string_view word) {
  const std::string_view term = analyser_.term(word);
  if (term.empty()) return kNone;
  const auto known = ids_.find(term);
  if (known != ids_.end()) return known->second;
  const auto id = static_cast<TermId>(terms_.size());
  terms_.emplace_back(term);
  ids_.emplace(terms_.back(), id);
  frequencies_.push_back(0);
  dfs_.push_back(0);
  return id;
}

void Inverter::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.hash == 0) continue;
    std::size_t at = (slot.hash >> 20) & (slots_.size() - 1);
    while (slots_[at].hash != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

Inverter::TermId Inverter::term_of(std::string_view word) {
  const std::uint64_t hash = hash_of(word);
  std::size_t at = (hash >> 20) & (slots_.size() - 1);
  for (; slots_[at].hash != 0; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.hash == hash && slot.size == word.size() &&
        std::memcmp(words_.data() + slot.word, word.data(), word.size()) == 0) {
      return slot.term;
    }
  }
  const TermId term = analyse_word(word);
  slots_[at] = {hash, static_cast<std::uint32_t>(words_.size()),
                static_cast<std::uint32_t>(word.size()), term};
  words_ += word;
  if (++used_ * 2 > slots_.size()) grow();
  return term;
}

void Inverter::count(TermId term) {
  if (frequencies_[term]++ == 0) touched_.push_back(term);
}

void Inverter::add(std::string_view context, std::string_view text) {
  if (context != context_) {
    context_ = context;
    context_terms_.clear();
    analyser_.words(context, [&](std::string_view word) {
      const TermId term = term_of(word);
      if (term != kNone) context_terms_.push_back(term);
    });
  }
  std::size_t length = context_terms_.size();
  for (const TermId term : context_terms_) count(term);
  analyser_.words(text, [&](std::string_view word) {
    const TermId term = term_of(word);
    if (term == kNone) return;
    count(term);
    ++length;
  });
  const auto chunk = static_cast<std::uint32_t>(lengths_.size());
  for (const TermId term : touched_) {
    uses_.push_back({term, {chunk, frequencies_[term]}});
    ++dfs_[term];
    frequencies_[term] = 0;
  }
  touched_.clear();
  lengths_.push_back(static_cast<std::uint16_t>(std::min<std::size_t>(length, 65535)));
}

void Inverter::finish(const std::function<void(std::string_view, std::span<const Posting>)>& sink) {
  // By term, stable: chunks keep their order.
  std::vector<std::size_t> begins(terms_.size() + 1, 0);
  for (std::size_t i = 0; i < terms_.size(); ++i) begins[i + 1] = begins[i] + dfs_[i];
  std::vector<Posting> sorted(uses_.size());
  std::vector<std::size_t> next(begins.begin(), begins.end() - 1);
  for (const Use& use : uses_) sorted[next[use.term]++] = use.posting;
  uses_ = {};
  std::vector<TermId> order(terms_.size());
  std::iota(order.begin(), order.end(), TermId{0});
  std::sort(order.begin(), order.end(), [&](TermId a, TermId b) { return terms_[a] < terms_[b]; });
  for (const TermId term : order) {
    if (dfs_[term] == 0) continue;
    sink(terms_[term], std::span(sorted).subspan(begins[term], dfs_[term]));
  }
}

}  // namespace maester::retrieval
