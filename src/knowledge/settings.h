// What a collection is made with. An IndexSpec makes an index version: another one needs another
// version, built aside. SearchSettings hold from the next search on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "ingest/chunker.h"
#include "retrieval/index.h"

namespace maester::knowledge {

struct EmbeddingSettings {
  enum class Kind : std::uint8_t { none, local_hash, static_table, model } kind = Kind::local_hash;
  std::string provider, model;   // of Kind::model: asked for as `model`, else `provider/model`
  std::string path;              // of Kind::static_table: a folder's name among the server's tables
  std::int64_t dimensions = 0;   // of Kind::model: what is asked for; 0 = the model's own
  std::int64_t vector_size = 0;  // of Kind::model: what it was found to give
  bool operator==(const EmbeddingSettings&) const = default;
};

struct IndexSpec {
  ingest::ChunkSettings chunking;
  EmbeddingSettings embedding;
  retrieval::AnalysisSettings analysis;
  bool operator==(const IndexSpec&) const = default;
};

// What an answer does whose sentences do not all rest on evidence.
enum class OnWeak : std::uint8_t { deliver, refuse, clarify, escalate };

struct SearchSettings {
  double k1 = 1.2, b = 0.75;
  double lexical_weight = 1, vector_weight = 0.2;  // retrieval/index.h
  double min_similarity = 0.35;
  std::string rerank_model;  // "" = none
  std::chrono::milliseconds rerank_deadline{500};
  std::int64_t evidence_tokens = 6'000;
  std::int64_t neighbours = 0;  // chunks beside each hit that an answer reads too
  OnWeak on_ungrounded = OnWeak::deliver, on_partial = OnWeak::deliver;
  bool operator==(const SearchSettings&) const = default;
};

// Members `chunking`, `embedding`, `language`, `stop_words` of `body`, each over what `spec` has.
Status read_spec(json::Value body, IndexSpec& spec);
// Members `bm25`, `weights`, `min_similarity`, `rerank`, `answers`.
Status read_search(json::Value body, SearchSettings& search);
// The same members, into an object that is open.
void write_spec(json::Writer& w, const IndexSpec& spec);
void write_search(json::Writer& w, const SearchSettings& search);

std::string_view to_string(OnWeak what);  // "return", "refuse", ...

// What release gates and evaluation runs name them by: "chunk-1 words 400/80", "local-hash-1",
// "static minilm", "model openai/text-embedding-3-small 512".
std::string identity_of_chunking(const IndexSpec& spec);
std::string identity_of_embedder(const IndexSpec& spec);

}  // namespace maester::knowledge
