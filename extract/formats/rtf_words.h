// What the control words of RTF mean for somebody who wants the text (RTF 1.9.1).
#pragma once

#include <cstdint>
#include <string_view>

namespace maester::extract {

enum class RtfWord : std::uint8_t {
  other,
  skip_group,  // a destination that is no text
  text_group,  // a destination that is text though it is marked as ignorable
  fonts,
  styles,
  list_mark,  // {\listtext}: the bullet or number of a list's entry
  note,       // {\footnote}
  apart,      // a header, a footer, a text box: paragraphs of their own
  title,
  paragraph,
  paragraph_reset,
  line,
  tab,
  row_begin,
  in_table,
  cell,
  row,
  unicode,
  fallback_length,
  binary,
  code_page,
  font,
  font_charset,
  default_font,
  plain,
  style,
  outline_level,
  emit,  // a character: see rtf_character()
};

RtfWord rtf_word(std::string_view word);
// Of RtfWord::emit: "emdash" -> U+2014.
char32_t rtf_character(std::string_view word);
// \fcharsetN as a Windows code page, 0 = the document's.
int rtf_code_page(int font_charset);

}  // namespace maester::extract
