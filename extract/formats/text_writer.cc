#include "extract/formats/text_writer.h"

#include <algorithm>

#include "base/utf8.h"
#include "extract/formats/refusal.h"
#include "ingest/extraction_limits.h"

namespace maester::extract {
namespace {

bool is_white(char32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0x2028 || c == 0x2029;
}
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfeff;
}

}  // namespace

void TextWriter::want(Pending pending) {
  if (out_.text.empty()) return;
  pending_ = std::max(pending_, pending);
}

void TextWriter::settle() {
  static constexpr std::string_view kBreaks[] = {"", " ", "\n", "\n\n"};
  const bool within_row = row_.started;
  if (within_row && tabs_owed_ > 0)
    out_.text.append(tabs_owed_, '\t');
  else if (!out_.text.empty())
    out_.text += kBreaks[static_cast<std::size_t>(pending_)];
  const std::uint64_t now = out_.text.size();
  for (OpenRange* range : {&heading_, &table_, &row_, &page_})
    if (range->open && !range->started) *range = {true, true, now};
  for (auto& [index, range] : parts_)
    if (!range.started) range = {true, true, now};
  // Empty cells at the start of a row: their tabs belong to it.
  if (!within_row) out_.text.append(tabs_owed_, '\t');
  tabs_owed_ = 0;
  pending_ = Pending::none;
  waiting_ = false;
}

void TextWriter::put(char32_t c) {
  if (full_) return;
  if (pending_ != Pending::none || tabs_owed_ > 0 || waiting_) settle();
  utf8::append(out_.text, c);
  if (out_.text.size() >= ingest::kMaxText - 8) full_ = true;
}

void TextWriter::flow(std::string_view text) {
  for (std::size_t at = 0; at < text.size() && !full_;) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80 && byte > 0x20 && byte != 0x7f) {  // a run of visible ASCII at once
      std::size_t end = at + 1;
      while (end < text.size() && text[end] > 0x20 && text[end] < 0x7f) ++end;
      put(byte);
      if (out_.text.size() + (end - at) < ingest::kMaxText - 8)
        out_.text.append(text.substr(at + 1, end - at - 1));
      else
        full_ = true;
      at = end;
      continue;
    }
    const utf8::Decoded c = utf8::decode(text, at);
    at += c.length == 0 ? 1 : c.length;
    if (c.length == 0) {
      put(0xfffd);
    } else if (is_white(c.code_point)) {
      want(Pending::space);
    } else if (!is_control(c.code_point)) {
      put(c.code_point);
    }
  }
}

void TextWriter::verbatim(std::string_view text) {
  if (in_cell()) return flow(text);
  for (std::size_t at = 0; at < text.size() && !full_;) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80 && byte >= 0x20 && byte != 0x7f) {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] >= 0x20 && text[end] < 0x7f) ++end;
      put(byte);
      if (out_.text.size() + (end - at) < ingest::kMaxText - 8)
        out_.text.append(text.substr(at + 1, end - at - 1));
      else
        full_ = true;
      at = end;
      continue;
    }
    const utf8::Decoded c = utf8::decode(text, at);
    at += c.length == 0 ? 1 : c.length;
    if (c.length == 0) {
      put(0xfffd);
    } else if (c.code_point == '\r') {
      if (at >= text.size() || text[at] != '\n') put('\n');
    } else if (c.code_point == '\f' || c.code_point == '\v' || c.code_point == 0x85) {
      put('\n');
    } else if (c.code_point == '\n' || c.code_point == '\t' || !is_control(c.code_point)) {
      put(c.code_point);
    }
  }
}

void TextWriter::line_break() {
  want(in_cell() ? Pending::space : Pending::line);
}
void TextWriter::paragraph() {
  want(in_cell() ? Pending::space : Pending::blank);
}
void TextWriter::space() {
  want(Pending::space);
}
void TextWriter::hyphen() {
  if (!full_ && !out_.text.empty()) out_.text += '-';
}

ingest::TextRange TextWriter::close(OpenRange& range) {
  const std::uint64_t end = out_.text.size();
  const ingest::TextRange closed{range.started ? range.start : end, end};
  range = {};
  return closed;
}

void TextWriter::begin_heading(std::uint32_t level) {
  paragraph();
  if (in_cell() || heading_.open) return;
  heading_level_ = std::clamp<std::uint32_t>(level, 1, 9);
  begin(heading_);
}

void TextWriter::end_heading() {
  if (heading_.open && !in_cell()) {
    const ingest::TextRange range = close(heading_);
    if (range.start < range.end) {
      out_.headings.push_back({heading_level_, range});
      full_ |= out_.headings.size() > ingest::kMaxHeadings;
    }
  }
  paragraph();
}

void TextWriter::begin_table(bool has_header) {
  if (table_depth_++ > 0) return space();
  if (heading_.open) end_heading();
  // A table begins a paragraph; the flag below turns its cells into lines of their own.
  want(Pending::blank);
  begin(table_);
  out_.tables.push_back({{}, {}, has_header});
}

void TextWriter::mark_header() {
  if (table_depth_ == 1) out_.tables.back().has_header = true;
}

void TextWriter::begin_row() {
  if (table_depth_ != 1) return space();
  if (row_.open) end_row();
  begin(row_);
  row_has_cell_ = false;
  want(Pending::line);
}

void TextWriter::begin_cell() {
  if (table_depth_ != 1) return space();
  if (!row_.open) begin_row();
  if (row_has_cell_) {
    ++tabs_owed_;
    if (pending_ == Pending::space) pending_ = Pending::none;
  }
  row_has_cell_ = true;
}

void TextWriter::end_row() {
  if (table_depth_ != 1 || !row_.open) return;
  tabs_owed_ = 0;
  const ingest::TextRange range = close(row_);
  if (range.start < range.end) {
    out_.tables.back().rows.push_back(range);
    full_ |= ++rows_ > ingest::kMaxRows;
  }
  want(Pending::line);
}

void TextWriter::end_table() {
  if (table_depth_ == 0) return;
  if (table_depth_ > 1) {
    --table_depth_;
    return space();
  }
  end_row();
  table_depth_ = 0;
  out_.tables.back().range = close(table_);
  if (out_.tables.back().rows.empty()) out_.tables.pop_back();
  full_ |= out_.tables.size() > ingest::kMaxTables;
  paragraph();
}

void TextWriter::begin_raw_table(bool has_header) {
  close_open_ranges();
  want(Pending::blank);
  begin(table_);
  out_.tables.push_back({{}, {}, has_header});
}

void TextWriter::raw_row(std::string_view text) {
  want(Pending::line);
  begin(row_);
  verbatim(text);
  const ingest::TextRange range = close(row_);
  if (range.start < range.end) out_.tables.back().rows.push_back(range);
  full_ |= ++rows_ > ingest::kMaxRows;
}

void TextWriter::end_raw_table() {
  out_.tables.back().range = close(table_);
  if (out_.tables.back().rows.empty()) out_.tables.pop_back();
  paragraph();
}

void TextWriter::begin_page(std::uint32_t number) {
  end_page();
  paragraph();
  begin(page_);
  page_number_ = number;
}

void TextWriter::end_page() {
  if (!page_.open) return;
  if (heading_.open) end_heading();
  const ingest::TextRange range = close(page_);
  out_.pages.push_back({page_number_, range});
  full_ |= out_.pages.size() > ingest::kMaxPages;
  paragraph();
}

void TextWriter::begin_part(std::string_view name, std::string_view content_type) {
  paragraph();
  parts_.emplace_back(out_.parts.size(), OpenRange{true, false, 0});
  waiting_ = true;
  out_.parts.push_back(
      {std::string(utf8::truncate(name, ingest::kMaxName)), std::string(content_type), {}});
  full_ |= out_.parts.size() > ingest::kMaxParts;
}

void TextWriter::end_part() {
  if (parts_.empty()) return;
  close_open_ranges();
  out_.parts[parts_.back().first].range = close(parts_.back().second);
  parts_.pop_back();
  paragraph();
}

void TextWriter::title(std::string_view text) {
  if (!out_.title.empty()) return;
  TextWriter clean;
  clean.flow(text.substr(0, 4 * ingest::kMaxHint));
  out_.title = utf8::truncate(clean.out_.text, ingest::kMaxHint);
}

void TextWriter::warn(std::string_view code, std::string_view message) {
  if (out_.warnings.size() >= ingest::kMaxWarnings) return;
  out_.warnings.push_back({std::string(code), std::string(message)});
}

bool TextWriter::embed(ingest::EmbeddedFile file) {
  if (embedded_.size() >= ingest::kMaxEmbedded ||
      embedded_bytes_ + file.bytes.size() > ingest::kMaxEmbeddedBytes)
    return false;
  embedded_bytes_ += file.bytes.size();
  embedded_.push_back(std::move(file));
  return true;
}

void TextWriter::close_open_ranges() {
  if (table_depth_ > 0) {
    table_depth_ = 1;
    end_table();
  }
  if (heading_.open) end_heading();
}

Result<ingest::Extraction> TextWriter::finish(std::string_view content_type,
                                              std::string_view parser) {
  if (full_)
    return fail(ingest::failure("too_large",
                                "The document has more than 64 MiB of text (or of tables, pages "
                                "and headings): split it."));
  close_open_ranges();
  end_page();
  while (!parts_.empty()) end_part();
  if (out_.title.empty() && !out_.headings.empty()) {
    const ingest::TextRange first = out_.headings.front().range;
    title(std::string_view(out_.text).substr(first.start, first.end - first.start));
  }
  out_.content_type = content_type;
  out_.parser = parser;
  const bool blank =
      std::ranges::all_of(out_.text, [](char c) { return c == ' ' || c == '\n' || c == '\t'; });
  if (blank) {
    out_.outcome = ingest::Outcome::empty;
    out_.text.clear();
    out_.pages.clear();
    out_.headings.clear();
    out_.tables.clear();
    out_.parts.clear();
    warn("no_text", "The document has no text.");
  }
  out_.characters = utf8::length(out_.text);
  return std::move(out_);
}

}  // namespace maester::extract
