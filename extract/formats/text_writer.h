// Builds the canonical text and the maps into it. Readers say what they see (a word, a cell, a
// heading begins); this decides about white space, keeps the limits and knows the offsets.
//
// Canonical: UTF-8, LF line ends, no control character but LF and TAB, at most one empty line in a
// row outside of verbatim parts. Cells of a row are
// parted by a TAB; a cell is one line, and a table within a cell is part of that cell.
//
// Breaks are held back until something visible follows, so that ranges begin and end at visible
// characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ingest/child_format.h"
#include "ingest/extraction.h"

namespace maester::extract {

class TextWriter {
 public:
  // Running text: each run of white space is one space.
  void flow(std::string_view utf8);
  // Text whose spaces and line ends count.
  void verbatim(std::string_view utf8);
  void line_break();  // what follows starts a line
  void paragraph();   // ... after an empty line
  void space();
  // Right behind the last character, before a break that waits.
  void hyphen();

  // What follows, until the end, is a heading. A heading within a heading or a cell is just text.
  void begin_heading(std::uint32_t level);
  void end_heading();

  // has_header: the first row names the columns. Tables within a table are flattened.
  void begin_table(bool has_header = false);
  void begin_row();
  void begin_cell();
  void end_row();
  void end_table();
  // A table whose rows stand in the text as they are written (CSV).
  void begin_raw_table(bool has_header);
  void raw_row(std::string_view utf8);
  void end_raw_table();
  // For a reader that learns only later that the first row was a header.
  void mark_header();
  bool in_cell() const { return table_depth_ > 0; }

  void begin_page(std::uint32_t number);  // ends the one before
  void end_page();
  void begin_part(std::string_view name, std::string_view content_type);
  void end_part();

  void title(std::string_view utf8);  // the first one that is not empty counts
  void warn(std::string_view code, std::string_view message);

  // More than kMaxText came, or more of a map than is allowed: the document is too large.
  bool full() const { return full_; }
  std::size_t size() const { return out_.text.size(); }
  // True when something visible has been written since `mark`, a size() of before.
  bool wrote_since(std::size_t mark) const { return out_.text.size() > mark; }

  // A PDF that is to be read by its own program, behind this text. False when there are too many.
  bool embed(ingest::EmbeddedFile file);
  std::vector<ingest::EmbeddedFile> take_embedded() { return std::move(embedded_); }

  // Closes what is open and answers the whole: outcome text or empty. Too_large when full().
  Result<ingest::Extraction> finish(std::string_view content_type, std::string_view parser);

 private:
  enum class Pending : std::uint8_t { none, space, line, blank };
  void want(Pending pending);
  void settle();  // writes the pending break and opens what waits for its first character
  void put(char32_t c);
  void close_open_ranges();

  struct OpenRange {
    bool open = false;
    bool started = false;
    std::uint64_t start = 0;
  };
  void begin(OpenRange& range) {
    range = {true, false, 0};
    waiting_ = true;
  }
  ingest::TextRange close(OpenRange& range);

  ingest::Extraction out_;
  Pending pending_ = Pending::none;
  bool full_ = false;
  bool waiting_ = false;  // a range is open that has no first character yet
  OpenRange heading_, table_, row_, page_;
  std::uint32_t heading_level_ = 1;
  std::uint32_t page_number_ = 0;
  std::uint32_t table_depth_ = 0;
  bool row_has_cell_ = false;
  std::size_t tabs_owed_ = 0;
  std::vector<std::pair<std::size_t, OpenRange>> parts_;  // index into out_.parts
  std::size_t rows_ = 0;
  std::vector<ingest::EmbeddedFile> embedded_;
  std::size_t embedded_bytes_ = 0;
};

}  // namespace maester::extract
