#include "knowledge/chunking.h"

#include "base/hash.h"
#include "codec/json.h"

namespace maester::knowledge {
namespace {

std::optional<retrieval::FieldValue> scalar(json::Value value) {
  if (value.is_string()) return std::string(value.string_or(""));
  if (value.is_bool()) return value.bool_or(false);
  if (value.is_number()) {
    if (const auto number = value.as_double()) return *number;
  }
  return std::nullopt;
}

std::string hash_of(std::string_view text) {
  const Sha256 hash = sha256(text);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// What is said to the embedder of each chunk.
std::vector<std::string> inputs_of(const Prepared& prepared) {
  std::vector<std::string> out;
  const std::string_view text = prepared.extraction.text;
  for (std::size_t i = 0; i < prepared.chunks.size(); ++i) {
    const ingest::TextRange range = prepared.chunks[i].range;
    std::string input = prepared.indexed.chunks[i].context;
    if (!input.empty()) input += '\n';
    input += text.substr(range.start, range.end - range.start);
    out.push_back(std::move(input));
  }
  return out;
}

Status embed(Prepared& prepared, const retrieval::Embedder& embedder, bool kept,
             std::string_view tenant, Catalog& catalog) {
  const std::vector<std::string> inputs = inputs_of(prepared);
  std::vector<std::string> hashes;
  std::vector<std::optional<std::vector<float>>> known(inputs.size());
  if (kept) {
    for (const std::string& input : inputs) hashes.push_back(hash_of(input));
    TRY_ASSIGN(known, catalog.vectors(tenant, embedder.version(), hashes));
  }
  std::vector<std::string_view> asked;
  std::vector<std::string> asked_hashes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (known[i]) continue;
    asked.emplace_back(inputs[i]);
    if (kept) asked_hashes.push_back(hashes[i]);
  }
  TRY_ASSIGN(std::vector<std::vector<float>> made,
             embedder.embed(asked, retrieval::Purpose::document));
  if (kept && !made.empty())
    TRY(catalog.keep_vectors(tenant, embedder.version(), asked_hashes, made));
  std::size_t next = 0;
  for (auto& vector : known)
    prepared.vectors.push_back(vector ? std::move(*vector) : std::move(made[next++]));
  for (std::size_t i = 0; i < prepared.vectors.size(); ++i)
    prepared.indexed.chunks[i].vector = prepared.vectors[i];
  return {};
}

}  // namespace

std::string title_of(const Document& document, const ingest::Extraction& extraction) {
  if (!document.title.empty()) return document.title;
  if (!extraction.title.empty()) return extraction.title;
  return document.file_name;
}

std::string context_of(std::string_view title, const ingest::Chunk& chunk) {
  if (title.empty() || chunk.context.starts_with(title)) return chunk.context;
  return std::string(title) + (chunk.context.empty() ? "" : " > " + chunk.context);
}

Result<std::vector<retrieval::Field>> fields_of(std::string_view metadata) {
  std::vector<retrieval::Field> out;
  if (metadata.empty()) return out;
  TRY_ASSIGN(const json::Document document, json::Document::parse(metadata));
  for (const json::Value member : document.root()) {
    retrieval::Field field{std::string(member.key()), {}};
    if (auto value = scalar(member)) field.values.push_back(std::move(*value));
    if (member.is_array()) {
      for (const json::Value element : member) {
        if (auto value = scalar(element)) field.values.push_back(std::move(*value));
      }
    }
    if (!field.values.empty()) out.push_back(std::move(field));
  }
  return out;
}

Status prepare(Prepared& prepared, const IndexSpec& spec, const retrieval::Embedder* embedder,
               std::string_view tenant, Catalog& catalog) {
  TRY_ASSIGN(prepared.chunks, ingest::cut(prepared.extraction, spec.chunking));
  retrieval::IndexDocument& indexed = prepared.indexed;
  indexed.id = prepared.document.id;
  indexed.source_id = prepared.document.source_id;
  indexed.title = title_of(prepared.document, prepared.extraction);
  indexed.text = prepared.extraction.text;
  indexed.groups = prepared.document.groups;
  TRY_ASSIGN(indexed.metadata, fields_of(prepared.document.metadata));
  for (const ingest::Chunk& chunk : prepared.chunks) {
    indexed.chunks.push_back({.start = chunk.range.start,
                              .end = chunk.range.end,
                              .page = chunk.page,
                              .context = context_of(indexed.title, chunk),
                              .vector = {}});
  }
  if (embedder == nullptr || prepared.chunks.empty()) return {};
  const bool kept = spec.embedding.kind == EmbeddingSettings::Kind::model;
  return embed(prepared, *embedder, kept, tenant, catalog);
}

}  // namespace maester::knowledge
