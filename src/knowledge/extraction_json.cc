#include "knowledge/extraction_json.h"

#include "codec/json.h"
#include "codec/json_writer.h"
#include "ingest/chunker.h"

namespace maester::knowledge {
namespace {

void write_range(json::Writer& w, const ingest::TextRange& range) {
  w.begin_array().value(range.start).value(range.end).end_array();
}

Result<ingest::TextRange> read_range(json::Value value, std::size_t size) {
  const std::int64_t start = value.at(0).int_or(-1), end = value.at(1).int_or(-1);
  if (start < 0 || end < start || static_cast<std::uint64_t>(end) > size)
    return fail(Code::corrupt, "A kept document's maps do not fit its text.");
  return ingest::TextRange{static_cast<std::uint64_t>(start), static_cast<std::uint64_t>(end)};
}

std::string_view word(ingest::Outcome outcome) {
  switch (outcome) {
    case ingest::Outcome::text:
      return "text";
    case ingest::Outcome::needs_ocr:
      return "needs_ocr";
    case ingest::Outcome::empty:
      return "empty";
  }
  return "text";
}

}  // namespace

std::string write_maps(const ingest::Extraction& extraction) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("outcome", word(extraction.outcome));
  w.field("content_type", extraction.content_type).field("title", extraction.title);
  w.field("parser", extraction.parser).field("characters", extraction.characters);
  w.key("pages").begin_array();
  for (const ingest::Page& page : extraction.pages) {
    w.begin_object().field("number", page.number).key("range");
    write_range(w, page.range);
    w.end_object();
  }
  w.end_array().key("headings").begin_array();
  for (const ingest::Heading& heading : extraction.headings) {
    w.begin_object().field("level", heading.level).key("range");
    write_range(w, heading.range);
    w.end_object();
  }
  w.end_array().key("tables").begin_array();
  for (const ingest::Table& table : extraction.tables) {
    w.begin_object().field("header", table.has_header).key("range");
    write_range(w, table.range);
    w.key("rows").begin_array();
    for (const ingest::TextRange& row : table.rows) write_range(w, row);
    w.end_array().end_object();
  }
  w.end_array().key("parts").begin_array();
  for (const ingest::Part& part : extraction.parts) {
    w.begin_object().field("name", part.name).field("content_type", part.content_type).key("range");
    write_range(w, part.range);
    w.end_object();
  }
  w.end_array().key("warnings").begin_array();
  for (const ingest::Warning& warning : extraction.warnings) {
    w.begin_object().field("code", warning.code).field("message", warning.message).end_object();
  }
  w.end_array().end_object();
  return out;
}

Result<ingest::Extraction> read_maps(std::string_view maps, std::string text) {
  json::Limits limits;
  limits.keys = limits.values = 20'000'000;  // our own writing
  TRY_ASSIGN(const json::Document document, json::Document::parse(maps, limits));
  const json::Value root = document.root();
  ingest::Extraction out;
  const std::string_view outcome = root.get("outcome").string_or("text");
  if (outcome == "needs_ocr") out.outcome = ingest::Outcome::needs_ocr;
  if (outcome == "empty") out.outcome = ingest::Outcome::empty;
  out.content_type = root.get("content_type").string_or("");
  out.title = root.get("title").string_or("");
  out.parser = root.get("parser").string_or("");
  out.characters = static_cast<std::uint64_t>(root.get("characters").int_or(0));
  for (const json::Value page : root.get("pages")) {
    ingest::Page& made = out.pages.emplace_back();
    made.number = static_cast<std::uint32_t>(page.get("number").int_or(0));
    TRY_ASSIGN(made.range, read_range(page.get("range"), text.size()));
  }
  for (const json::Value heading : root.get("headings")) {
    ingest::Heading& made = out.headings.emplace_back();
    made.level = static_cast<std::uint32_t>(heading.get("level").int_or(1));
    TRY_ASSIGN(made.range, read_range(heading.get("range"), text.size()));
  }
  for (const json::Value table : root.get("tables")) {
    ingest::Table& made = out.tables.emplace_back();
    made.has_header = table.get("header").bool_or(false);
    TRY_ASSIGN(made.range, read_range(table.get("range"), text.size()));
    for (const json::Value row : table.get("rows")) {
      TRY_ASSIGN(made.rows.emplace_back(), read_range(row, text.size()));
    }
  }
  for (const json::Value part : root.get("parts")) {
    ingest::Part& made = out.parts.emplace_back();
    made.name = part.get("name").string_or("");
    made.content_type = part.get("content_type").string_or("");
    TRY_ASSIGN(made.range, read_range(part.get("range"), text.size()));
  }
  for (const json::Value warning : root.get("warnings")) {
    out.warnings.push_back({std::string(warning.get("code").string_or("")),
                            std::string(warning.get("message").string_or(""))});
  }
  out.text = std::move(text);
  return out;
}

std::string write_report(const ingest::Extraction& extraction, std::size_t chunks) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("content_type", extraction.content_type);
  w.field("bytes", extraction.text.size()).field("characters", extraction.characters);
  w.field("pages", extraction.pages.size()).field("headings", extraction.headings.size());
  w.field("tables", extraction.tables.size()).field("chunks", chunks);
  w.field("parser", extraction.parser).field("chunker", ingest::kChunkerVersion);
  w.key("parts").begin_array();
  for (const ingest::Part& part : extraction.parts) {
    w.begin_object().field("name", part.name).field("content_type", part.content_type);
    w.field("start", part.range.start).field("end", part.range.end).end_object();
  }
  w.end_array().key("warnings").begin_array();
  for (const ingest::Warning& warning : extraction.warnings) {
    w.begin_object().field("code", warning.code).field("message", warning.message).end_object();
  }
  w.end_array().end_object();
  return out;
}

}  // namespace maester::knowledge
