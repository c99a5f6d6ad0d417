// What a file is, by its content. Names and declared types decide only between kinds of text that
// look alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/extraction.h"

namespace maester::extract {

enum class Format : std::uint8_t {
  text,
  markdown,
  html,
  csv,
  json,
  json_lines,
  mail,
  rtf,
  xml,
  code,
  archive,
  pdf
};

struct Detected {
  Format format = Format::text;
  std::string content_type;
  char delimiter = 0;  // CSV: given by the name or type (TAB), 0 = to be found out
};

// Looks at the first bytes, the name's ending and the declared type. Archives are told apart by
// their members (archive.h). Errors: "unsupported" naming what it is, "encrypted" for an office
// file in an encrypted container.
Result<Detected> detect(const ingest::Source& source);

}  // namespace maester::extract
