#include "ingest/chunk_units.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <algorithm>

#include "codec/tokens/tokens.h"

namespace maester::ingest {
namespace {

constexpr auto kEncoding = tokens::Encoding::o200k_base;

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

// Unicode's White_Space beyond ASCII. How long it is, 0 = none here.
std::size_t wide_space(std::string_view text, std::size_t at) {
  const auto b = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  if (b(0) == 0xc2) return b(1) == 0xa0 || b(1) == 0x85 ? 2 : 0;
  if (b(0) == 0xe1) return b(1) == 0x9a && b(2) == 0x80 ? 3 : 0;
  if (b(0) == 0xe3) return b(1) == 0x80 && b(2) == 0x80 ? 3 : 0;
  if (b(0) != 0xe2) return 0;
  if (b(1) == 0x80)
    return (b(2) >= 0x80 && b(2) <= 0x8a) || b(2) == 0xa8 || b(2) == 0xa9 || b(2) == 0xaf ? 3 : 0;
  return b(1) == 0x81 && b(2) == 0x9f ? 3 : 0;
}

// How long the white space is that begins here, 0 = none.
std::size_t space_at(std::string_view text, std::size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13) ? 1 : 0;
  return c >= 0xc2 && c <= 0xe3 ? wide_space(text, at) : 0;
}

// Kana and the ideographs of the basic plane: U+3040 to U+9FFF.
bool is_ideograph(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead >= 0xe4 && lead <= 0xe9) return true;
  return lead == 0xe3 && static_cast<unsigned char>(text[at + 1]) >= 0x81;
}

class Words final : public UnitReader {
 public:
  Words(std::string_view text, bool tokens)
      : text_(text),
        tokens_(tokens && tokens::available(kEncoding)),
        estimate_(tokens && !tokens_) {}
  bool next(TextUnit& unit) override {
    const std::size_t from = at_;
    if (!next_word(text_, at_, text_.size(), unit.range)) return false;
    unit.row = false;
    unit.weight = 1;
    if (tokens_) {
      // With the white space before it, as the encoding cuts text.
      const auto begin =
          std::max(from, unit.range.start - std::min<std::size_t>(unit.range.start - from, 4));
      unit.weight = std::max<std::size_t>(
          tokens::count_tokens(kEncoding, text_.substr(begin, unit.range.end - begin)), 1);
    } else if (estimate_) {
      unit.weight = (unit.range.end - unit.range.start + 3) / 4;
    }
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool tokens_;
  bool estimate_;
};

// UAX #29 sentences by ICU; longer ones than kLongestSentence are cut.
class Sentences final : public UnitReader {
 public:
  explicit Sentences(std::string_view text) : text_(text) {
    UErrorCode status = U_ZERO_ERROR;
    utext_openUTF8(&utext_, text.data(), static_cast<std::int64_t>(text.size()), &status);
    breaks_.reset(icu::BreakIterator::createSentenceInstance(icu::Locale::getRoot(), status));
    if (breaks_) breaks_->setText(&utext_, status);
  }
  ~Sentences() override {
    breaks_.reset();
    utext_close(&utext_);
  }
  Sentences(const Sentences&) = delete;
  Sentences& operator=(const Sentences&) = delete;

  bool next(TextUnit& unit) override {
    TextRange word;
    unit = {};
    bool any = false;
    while (take(word, any)) {
      if (!any) unit.range.start = word.start;
      unit.range.end = word.end;
      any = true;
      if (word.end - unit.range.start > kLongestSentence) break;
    }
    return any;
  }

 private:
  // The next word: of this sentence, or (when nothing was taken yet) of the next one that has any.
  bool take(TextRange& word, bool within) {
    while (!next_word(text_, at_, end_, word)) {
      if (within || end_ >= text_.size()) return false;
      const std::int32_t next = breaks_ ? breaks_->next() : -1;
      at_ = end_;
      end_ = next < 0 ? text_.size() : static_cast<std::size_t>(next);
    }
    return true;
  }

  std::string_view text_;
  UText utext_ = UTEXT_INITIALIZER;
  std::unique_ptr<icu::BreakIterator> breaks_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

// Rows of tables whole, words elsewhere and in rows that are longer than a chunk.
class Rows final : public UnitReader {
 public:
  Rows(const Extraction& document, std::size_t size) : document_(document), size_(size) {}
  bool next(TextUnit& unit) override {
    for (;;) {
      const TextRange* row = current_row();
      const bool inside = row != nullptr && at_ >= row->start;
      const std::size_t end = inside           ? row->end
                              : row != nullptr ? row->start
                                               : document_.text.size();
      if (inside && at_ == row->start && !by_words_ && whole(*row, unit)) return true;
      unit.weight = 1;
      unit.row = inside;
      if (next_word(document_.text, at_, end, unit.range)) return true;
      if (row == nullptr) return false;
      at_ = std::max<std::size_t>(at_, end);
      if (inside) advance();
    }
  }

 private:
  const TextRange* current_row() {
    while (table_ < document_.tables.size()) {
      const auto& rows = document_.tables[table_].rows;
      for (; row_ < rows.size(); advance())
        if (rows[row_].start >= at_ || (by_words_ && rows[row_].end > at_)) return &rows[row_];
      ++table_;
      row_ = 0;
    }
    return nullptr;
  }
  void advance() {
    ++row_;
    by_words_ = false;
  }
  bool whole(const TextRange& row, TextUnit& unit) {
    std::size_t count = 0;
    std::size_t at = row.start;
    TextRange word;
    TextRange all;
    while (count <= size_ && next_word(document_.text, at, row.end, word)) {
      if (count++ == 0) all.start = word.start;
      all.end = word.end;
    }
    if (count == 0 || count > size_) {
      by_words_ = true;
      return false;
    }
    unit = {all, count, true};
    at_ = row.end;
    advance();
    return true;
  }

  const Extraction& document_;
  std::size_t size_;
  std::size_t at_ = 0;
  std::size_t table_ = 0;
  std::size_t row_ = 0;
  bool by_words_ = false;  // the current row is longer than a chunk
};

}  // namespace

bool next_word(std::string_view text, std::size_t& at, std::size_t end, TextRange& word) {
  while (at < end) {
    const std::size_t space = space_at(text, at);
    if (space == 0) break;
    at += space;
  }
  if (at >= end) {
    at = end;
    return false;
  }
  word.start = at;
  if (is_ideograph(text, at)) {
    at += 3;
  } else {
    const std::size_t most = std::min(end, at + kLongestWord);
    while (at < end && space_at(text, at) == 0 && !is_ideograph(text, at)) {
      const std::size_t length = sequence_length(static_cast<unsigned char>(text[at]));
      if (at + length > most && at > word.start) break;
      at += length;
    }
  }
  at = std::min(at, end);
  word.end = at;
  return true;
}

std::unique_ptr<UnitReader> read_units(const Extraction& document, ChunkSettings::Unit unit,
                                       std::size_t size) {
  switch (unit) {
    case ChunkSettings::Unit::sentences:
      return std::make_unique<Sentences>(document.text);
    case ChunkSettings::Unit::tables:
      return std::make_unique<Rows>(document, size);
    case ChunkSettings::Unit::tokens:
      return std::make_unique<Words>(document.text, true);
    case ChunkSettings::Unit::words:
    case ChunkSettings::Unit::headings:
      break;
  }
  return std::make_unique<Words>(document.text, false);
}

}  // namespace maester::ingest
