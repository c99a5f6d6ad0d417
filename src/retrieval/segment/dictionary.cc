#include "retrieval/segment/dictionary.h"

#include <algorithm>

namespace maester::retrieval {

void DictionaryBuilder::add(std::string_view term, std::uint32_t df, Posting only,
                            std::uint64_t postings_size) {
  std::size_t shared = 0;
  if (size_ % kTermsPerBlock == 0) {
    put(blocks_, static_cast<std::uint64_t>(terms_.size()));
    put(terms_, postings_);
  } else {
    while (shared < std::min(term.size(), last_.size()) && term[shared] == last_[shared]) ++shared;
  }
  put_varint(terms_, shared);
  put_varint(terms_, term.size() - shared);
  terms_ += term.substr(shared);
  put_varint(terms_, df);
  if (df == 1) {
    put_varint(terms_, only.chunk);
    put_varint(terms_, only.frequency);
  } else {
    put_varint(terms_, postings_size);
    postings_ += postings_size;
  }
  last_ = term;
  ++size_;
}

std::string_view Dictionary::block(std::size_t i) const {
  const std::uint64_t begin = blocks_[i];
  const std::uint64_t end = i + 1 < blocks_.size() ? blocks_[i + 1] : terms_.size();
  return begin < end ? slice(terms_, begin, end - begin) : std::string_view();
}

std::string_view Dictionary::first_of(std::size_t i) const {
  Reader reader(block(i));
  reader.fixed<std::uint64_t>();
  reader.varint();
  return reader.take(reader.varint());
}

void Dictionary::Walk::enter(std::size_t block) {
  reader_ = Reader(dictionary_->block(block));
  postings_ = reader_.fixed<std::uint64_t>();
  passed_ = static_cast<std::uint32_t>(block * kTermsPerBlock);
  term_.clear();
}

bool Dictionary::Walk::step() {
  const std::uint64_t shared = reader_.varint();
  const std::string_view rest = reader_.take(reader_.varint());
  if (!reader_.ok() || shared > term_.size()) return false;
  term_.resize(static_cast<std::size_t>(shared));
  term_ += rest;
  entry_ = {};
  entry_.df = reader_.varint32();
  if (entry_.df == 1) {
    entry_.only.chunk = reader_.varint32();
    entry_.only.frequency = reader_.varint32();
  } else {
    const std::uint64_t size = reader_.varint();
    entry_.bytes = slice(dictionary_->postings_, postings_, size);
    if (entry_.bytes.size() != size) return false;
    postings_ += size;
  }
  ++passed_;
  return reader_.ok();
}

bool Dictionary::Walk::next() {
  if (passed_ >= dictionary_->size_) return false;
  if (passed_ % kTermsPerBlock == 0) enter(passed_ / kTermsPerBlock);
  return step();
}

std::optional<TermEntry> Dictionary::find(std::string_view term) const {
  // The last block whose first term is not above it.
  std::size_t low = 0, high = blocks_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (first_of(middle) <= term)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return std::nullopt;
  Walk walk(*this);
  walk.enter(low - 1);
  const std::uint32_t end =
      std::min<std::uint32_t>(size_, walk.passed_ + std::uint32_t{kTermsPerBlock});
  while (walk.passed_ < end && walk.step()) {
    if (walk.term() == term) return walk.entry();
    if (walk.term() > term) break;
  }
  return std::nullopt;
}

}  // namespace maester::retrieval
