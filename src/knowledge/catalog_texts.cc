// What was read of documents, and vectors of chunks.
#include <cstring>

#include "knowledge/catalog.h"
#include "knowledge/catalog_rows.h"
#include "knowledge/extraction_json.h"

namespace maester::knowledge {
namespace {

std::string_view bytes_of(const std::vector<float>& vector) {
  return {reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)};
}

std::vector<float> vector_of(std::string_view bytes) {
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), out.size() * sizeof(float));
  return out;
}

}  // namespace

Result<std::string> Catalog::source(const Collection& collection, const Document& document) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select,
             db->prepare("SELECT bytes FROM sources WHERE tenant = ?1 AND collection = ?2 AND "
                         "document = ?3 AND generation = ?4"));
  select.bind(1, collection.tenant).bind(2, collection.id);
  select.bind_blob(3, rows::blob(document.id)).bind(4, document.generation);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return fail(Code::not_found, "The document's source is not kept any more.");
  return std::string(select.text(0));
}

Status Catalog::keep_texts(const Collection& collection, std::span<const Read> read) {
  std::vector<std::string> maps;
  for (const Read& one : read) maps.push_back(write_maps(one.extraction));
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    // Not of a document that was deleted or changed meanwhile.
    TRY_ASSIGN(
        auto insert,
        db->prepare("INSERT OR REPLACE INTO texts (tenant, collection, document, generation, "
                    "maps, text) SELECT tenant, collection, id, generation, ?5, ?6 FROM "
                    "documents WHERE tenant = ?1 AND collection = ?2 AND id = ?3 AND "
                    "generation = ?4 AND state <> 'deleted'"));
    for (std::size_t i = 0; i < read.size(); ++i) {
      const Document& document = read[i].document;
      insert.bind(1, collection.tenant).bind(2, collection.id);
      insert.bind_blob(3, rows::blob(document.id)).bind(4, document.generation);
      insert.bind(5, maps[i]).bind_blob(6, read[i].extraction.text);
      TRY(insert.run());
    }
    return {};
  });
}

Result<bool> Catalog::has_text(const Collection& collection, const Document& document) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT 1 FROM texts WHERE tenant = ?1 AND collection = ?2 "
                                      "AND document = ?3 AND generation = ?4"));
  select.bind(1, collection.tenant).bind(2, collection.id);
  select.bind_blob(3, rows::blob(document.id)).bind(4, document.generation);
  return select.step();
}

Result<ingest::Extraction> Catalog::text(const Collection& collection, const Document& document) {
  std::string maps, text;
  {
    const auto db = work_.use();
    TRY_ASSIGN(auto select, db->prepare("SELECT maps, text FROM texts WHERE tenant = ?1 AND "
                                        "collection = ?2 AND document = ?3 AND generation = ?4"));
    select.bind(1, collection.tenant).bind(2, collection.id);
    select.bind_blob(3, rows::blob(document.id)).bind(4, document.generation);
    TRY_ASSIGN(const bool found, select.step());
    if (!found) return fail(Code::not_found, "The document has no text yet.", "document_id");
    maps = select.text(0);
    text = select.text(1);
  }
  return read_maps(maps, std::move(text));
}

Result<std::vector<std::optional<std::vector<float>>>> Catalog::vectors(
    std::string_view tenant, std::string_view embedder, std::span<const std::string> hashes) {
  std::vector<std::optional<std::vector<float>>> out(hashes.size());
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT vector FROM vectors WHERE tenant = ?1 AND embedder = "
                                      "?2 AND hash = ?3"));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    select.bind(1, tenant).bind(2, embedder).bind_blob(3, hashes[i]);
    TRY_ASSIGN(const bool found, select.step());
    if (found) out[i] = vector_of(select.text(0));
    select.reset();
  }
  return out;
}

Status Catalog::keep_vectors(std::string_view tenant, std::string_view embedder,
                             std::span<const std::string> hashes,
                             std::span<const std::vector<float>> vectors) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY_ASSIGN(auto insert, db->prepare("INSERT OR REPLACE INTO vectors (tenant, embedder, hash, "
                                        "vector) VALUES (?1, ?2, ?3, ?4)"));
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      insert.bind(1, tenant).bind(2, embedder).bind_blob(3, hashes[i]);
      insert.bind_blob(4, bytes_of(vectors[i]));
      TRY(insert.run());
    }
    return {};
  });
}

}  // namespace maester::knowledge
