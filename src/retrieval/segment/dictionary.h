// Terms in order, sixteen to a block, each with where its postings are (docs/formats/segment.md,
// Terms).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "retrieval/segment/bytes.h"
#include "retrieval/segment/postings.h"

namespace maester::retrieval {

inline constexpr std::size_t kTermsPerBlock = 16;

// Makes the sections `terms` and `term_blocks`; the postings are written by the caller, in the
// order of the terms.
class DictionaryBuilder {
 public:
  // REQUIRES: terms rise. For df = 1 `only`, else the size of the bytes of its postings.
  void add(std::string_view term, std::uint32_t df, Posting only, std::uint64_t postings_size);

  std::uint32_t size() const { return size_; }
  const std::string& terms() const { return terms_; }
  const std::string& blocks() const { return blocks_; }

 private:
  std::string terms_, blocks_, last_;
  std::uint32_t size_ = 0;
  std::uint64_t postings_ = 0;  // bytes so far
};

class Dictionary {
 public:
  Dictionary() = default;
  Dictionary(std::string_view terms, std::string_view blocks, std::string_view postings,
             std::uint32_t size)
      : terms_(terms), postings_(postings), blocks_(blocks), size_(size) {}

  std::optional<TermEntry> find(std::string_view term) const;

  // Walks all terms in order.
  class Walk {
   public:
    explicit Walk(const Dictionary& dictionary) : dictionary_(&dictionary), reader_({}) {}
    bool next();  // false at the end, or when the bytes do not hold together
    const std::string& term() const { return term_; }
    const TermEntry& entry() const { return entry_; }
    std::uint32_t passed() const { return passed_; }  // terms so far

   private:
    friend class Dictionary;
    void enter(std::size_t block);
    bool step();
    const Dictionary* dictionary_;
    Reader reader_;
    std::uint32_t passed_ = 0;
    std::uint64_t postings_ = 0;
    std::string term_;
    TermEntry entry_;
  };
  Walk walk() const { return Walk(*this); }

 private:
  std::string_view block(std::size_t i) const;
  std::string_view first_of(std::size_t i) const;
  std::string_view terms_, postings_;
  Array<std::uint64_t> blocks_;
  std::uint32_t size_ = 0;
};

}  // namespace maester::retrieval
