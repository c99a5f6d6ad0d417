// What a file becomes: canonical UTF-8 text with maps into it, and a report of how that went.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::ingest {

// Bytes of the canonical text, [start, end).
struct TextRange {
  std::uint64_t start = 0, end = 0;
  bool operator==(const TextRange&) const = default;
};
struct Page {                // PDF page, slide, sheet
  std::uint32_t number = 0;  // from 1
  TextRange range;
};
struct Heading {
  std::uint32_t level = 1;
  TextRange range;  // of its own words; the section lasts to the next heading of its level or above
};
struct Table {
  TextRange range;
  std::vector<TextRange> rows;
  bool has_header = false;  // the first row names the columns
};
// A document within the document: an attachment of a mail, a member of an archive.
struct Part {
  std::string name, content_type;
  TextRange range;
};

struct Warning {
  std::string code;     // "page_damaged", "encoding_guessed", "attachment_skipped", ...
  std::string message;  // for a person
};

enum class Outcome : std::uint8_t { text, needs_ocr, empty };

struct Extraction {
  Outcome outcome = Outcome::text;
  std::string content_type;  // as detected
  std::string title;         // of its metadata or first heading, "" = none
  std::string text;
  std::vector<Page> pages;
  std::vector<Heading> headings;
  std::vector<Table> tables;
  std::vector<Part> parts;
  std::vector<Warning> warnings;
  std::string parser;  // name and version of what read it
  std::uint64_t characters = 0;
};

struct Source {
  std::string_view bytes;
  std::string file_name;     // a hint; never used as a path
  std::string content_type;  // what the sender says it is, a hint; "" = nothing
};

// The seam. Errors with a permanent code and a machine-readable reason as `param`: unprocessable
// with "encrypted", "corrupt", "bomb", "nesting", "unsupported", "timeout", "memory", "crashed";
// too_large. Blocking.
class Extractor {
 public:
  virtual ~Extractor() = default;
  virtual Result<Extraction> extract(const Source& source) = 0;
};

}  // namespace maester::ingest
