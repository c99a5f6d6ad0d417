// Turns texts into postings: terms of chunk after chunk in, sorted lists out. The analysis of a
// word is done once for each different word.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retrieval/analysis/analyser.h"
#include "retrieval/segment/postings.h"

namespace maester::retrieval {

// Not thread-safe.
class Inverter {
 public:
  explicit Inverter(Analyser analyser);

  // The terms of both texts make the next chunk; the context's are kept for the case that the next
  // chunk has the same.
  void add(std::string_view context, std::string_view text);

  const std::vector<std::uint16_t>& lengths() const { return lengths_; }
  // Terms in order with their postings. Once, at the end.
  void finish(const std::function<void(std::string_view, std::span<const Posting>)>& sink);

 private:
  using TermId = std::uint32_t;
  static constexpr TermId kNone = UINT32_MAX;  // a word without a term
  struct Slot {
    std::uint64_t hash = 0;  // 0 = free
    std::uint32_t word = 0;  // offset in words_
    std::uint32_t size = 0;
    TermId term = kNone;
  };
  struct Use {
    TermId term;
    Posting posting;
  };

  TermId term_of(std::string_view word);
  TermId analyse_word(std::string_view word);
  void grow();
  void count(TermId term);

  Analyser analyser_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::string words_;
  std::unordered_map<std::string_view, TermId> ids_;
  std::deque<std::string> terms_;           // by id
  std::vector<std::uint32_t> frequencies_;  // by id, in this chunk
  std::vector<TermId> touched_;
  std::vector<Use> uses_;
  std::vector<std::uint32_t> dfs_;  // by id
  std::vector<std::uint16_t> lengths_;
  std::string context_;
  std::vector<TermId> context_terms_;
};

}  // namespace maester::retrieval
