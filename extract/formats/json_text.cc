// JSON as lines of "name: value", two spaces deeper for each level, so that strings read as text.
#include <string>

#include "codec/json.h"
#include "extract/formats/charset.h"
#include "extract/formats/decode_text.h"
#include "extract/formats/readers.h"

namespace maester::extract {
namespace {

constexpr json::Limits kLimits{.depth = 200, .keys = 2'000'000, .values = 4'000'000};

void write(json::Value value, std::size_t depth, TextWriter& out);

void write_scalar(json::Value value, TextWriter& out) {
  if (value.is_string())
    out.verbatim(value.string_or(""));
  else
    out.verbatim(value.raw());
}

void write_member(std::string_view label, json::Value value, std::size_t depth, TextWriter& out) {
  out.line_break();
  out.verbatim(std::string(2 * depth, ' '));
  out.verbatim(label);
  const bool nested = (value.is_object() || value.is_array()) && value.size() > 0;
  if (nested) return write(value, depth + 1, out);
  out.verbatim(" ");
  write_scalar(value, out);
}

// Depth is bounded by kLimits.
void write(json::Value value, std::size_t depth, TextWriter& out) {
  if (value.is_object()) {
    for (const json::Value member : value)
      if (!out.full()) write_member(std::string(member.key()) + ":", member, depth, out);
  } else if (value.is_array()) {
    for (const json::Value element : value)
      if (!out.full()) write_member("-", element, depth, out);
  } else {
    write_scalar(value, out);
  }
}

}  // namespace

Status read_json(std::string_view bytes, TextWriter& out) {
  TRY_ASSIGN(const std::string text, decode_text(bytes, "utf-8", out));
  const auto document = json::Document::parse(text, kLimits);
  if (!document) {
    out.warn("not_json", "The file is no well-formed JSON (" + document.error().message +
                             "); it was read as plain text.");
    out.verbatim(text);
    return {};
  }
  write(document->root(), 0, out);
  return {};
}

Status read_json_lines(std::string_view bytes, TextWriter& out) {
  TRY_ASSIGN(const std::string text, decode_text(bytes, "utf-8", out));
  std::string_view rest = text;
  bool warned = false;
  while (!rest.empty() && !out.full()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    out.paragraph();
    if (const auto document = json::Document::parse(line, kLimits)) {
      write(document->root(), 0, out);
      continue;
    }
    if (!warned) out.warn("not_json", "Some lines are no JSON; they were read as plain text.");
    warned = true;
    out.verbatim(line);
  }
  return {};
}

}  // namespace maester::extract
