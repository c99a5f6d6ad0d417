#include "knowledge/catalog_rows.h"

#include <algorithm>
#include <array>

#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::knowledge {
namespace {

constexpr std::array<std::pair<std::string_view, VersionState>, 4> kVersionStates{
    {{"building", VersionState::building},
     {"ready", VersionState::ready},
     {"live", VersionState::live},
     {"failed", VersionState::failed}}};
constexpr std::array<std::pair<std::string_view, DocumentState>, 6> kDocumentStates{
    {{"pending", DocumentState::pending},
     {"ready", DocumentState::ready},
     {"needs_ocr", DocumentState::needs_ocr},
     {"empty", DocumentState::empty},
     {"failed", DocumentState::failed},
     {"deleted", DocumentState::deleted}}};

// Codes that a document's failure may have.
Code code_of(std::string_view name) {
  for (const Code code : {Code::unprocessable, Code::too_large, Code::invalid_request,
                          Code::upstream_error, Code::budget_exceeded, Code::model_not_found,
                          Code::deadline_exceeded, Code::storage_full, Code::io_error}) {
    if (to_string(code) == name) return code;
  }
  return Code::internal;
}

}  // namespace

std::string_view to_string(VersionState state) {
  return std::ranges::find(kVersionStates, state,
                           &std::pair<std::string_view, VersionState>::second)
      ->first;
}

std::string_view to_string(DocumentState state) {
  return std::ranges::find(kDocumentStates, state,
                           &std::pair<std::string_view, DocumentState>::second)
      ->first;
}

std::optional<DocumentState> parse_document_state(std::string_view name) {
  for (const auto& [word, state] : kDocumentStates) {
    if (word == name) return state;
  }
  return std::nullopt;
}

bool Document::readable_by(std::span<const std::string> asking) const {
  return !groups || std::ranges::any_of(*groups, [&](const std::string& group) {
    return std::ranges::find(asking, group) != asking.end();
  });
}

namespace rows {

Uuid uuid(std::string_view bytes) {
  Uuid id;
  const std::size_t n = std::min(bytes.size(), id.bytes.size());
  std::copy_n(reinterpret_cast<const std::uint8_t*>(bytes.data()), n, id.bytes.begin());
  return id;
}

Result<Collection> collection(const store::Statement& row) {
  Collection out;
  out.tenant = row.text(0);
  out.id = row.text(1);
  out.name = row.text(2);
  TRY_ASSIGN(const json::Document search, json::Document::parse(row.text(3)));
  TRY(read_search(search.root(), out.search));
  out.live = row.integer(4);
  out.change = row.integer(5);
  out.created_at = wall(row.integer(6));
  return out;
}

Result<IndexVersion> version(const store::Statement& row) {
  IndexVersion out;
  out.number = row.integer(0);
  TRY_ASSIGN(const json::Document spec, json::Document::parse(row.text(1)));
  TRY(read_spec(spec.root(), out.spec));
  for (const auto& [word, state] : kVersionStates) {
    if (word == row.text(2)) out.state = state;
  }
  out.previous = row.integer(3);
  out.change = row.integer(4);
  out.job_id = row.text(5);
  out.created_at = wall(row.integer(6));
  out.live_at = wall(row.integer(7));
  return out;
}

Result<Document> document(const store::Statement& row) {
  Document out;
  out.id = uuid(row.text(0));
  out.source_id = row.text(1);
  out.title = row.text(2);
  out.content_type = row.text(3);
  out.file_name = row.text(4);
  if (!row.is_null(5)) {
    TRY_ASSIGN(const json::Document groups, json::Document::parse(row.text(5)));
    out.groups.emplace();
    for (const json::Value group : groups.root()) out.groups->emplace_back(group.string_or(""));
  }
  out.metadata = row.text(6);
  out.state = parse_document_state(row.text(7)).value_or(DocumentState::failed);
  out.generation = row.integer(8);
  out.change = row.integer(9);
  out.content_hash = row.text(10);
  if (!row.is_null(11)) {
    out.error =
        make_error(code_of(row.text(11)), std::string(row.text(12)), std::string(row.text(13)));
  }
  out.report = row.text(14);
  out.job_id = row.text(15);
  out.created_at = wall(row.integer(16));
  out.updated_at = wall(row.integer(17));
  out.url = row.text(18);
  return out;
}

std::string groups_json(const std::vector<std::string>& groups) {
  std::string out;
  json::Writer w(out);
  w.begin_array();
  for (const std::string& group : groups) w.value(group);
  w.end_array();
  return out;
}

Result<std::int64_t> next_change(store::Database& db, const Collection& collection) {
  TRY_ASSIGN(auto statement, db.prepare("UPDATE collections SET change = change + 1 "
                                        "WHERE tenant = ?1 AND id = ?2 RETURNING change"));
  statement.bind(1, collection.tenant).bind(2, collection.id);
  TRY_ASSIGN(const bool found, statement.step());
  if (!found) return fail(Code::not_found, "The collection is gone.", "collection");
  const std::int64_t change = statement.integer(0);
  TRY(statement.run());
  return change;
}

}  // namespace rows
}  // namespace maester::knowledge
