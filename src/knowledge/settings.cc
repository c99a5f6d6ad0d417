#include "knowledge/settings.h"

#include <algorithm>
#include <array>

#include "codec/json_object.h"

namespace maester::knowledge {
namespace {

using Unit = ingest::ChunkSettings::Unit;
constexpr std::array<std::pair<std::string_view, Unit>, 5> kUnits{{{"words", Unit::words},
                                                                   {"tokens", Unit::tokens},
                                                                   {"sentences", Unit::sentences},
                                                                   {"headings", Unit::headings},
                                                                   {"tables", Unit::tables}}};
using Kind = EmbeddingSettings::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 4> kKinds{{{"none", Kind::none},
                                                                   {"local-hash", Kind::local_hash},
                                                                   {"static", Kind::static_table},
                                                                   {"model", Kind::model}}};
constexpr std::array<std::pair<std::string_view, OnWeak>, 4> kWeak{
    {{"return", OnWeak::deliver},
     {"refuse", OnWeak::refuse},
     {"clarify", OnWeak::clarify},
     {"escalate", OnWeak::escalate}}};

template <class T, std::size_t N>
Status read_word(json::Value value, const std::array<std::pair<std::string_view, T>, N>& words,
                 T& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(const std::string_view text, value.as_string());
  std::string known;
  for (const auto& [name, what] : words) {
    if (name == text) {
      out = what;
      return {};
    }
    known += (known.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  }
  return fail(Code::invalid_request, "`" + value.path() + "` must be one of " + known + ".",
              value.path());
}

template <class T, std::size_t N>
std::string_view word_of(T what, const std::array<std::pair<std::string_view, T>, N>& words) {
  for (const auto& [name, each] : words) {
    if (each == what) return name;
  }
  return {};
}

template <class T>
Status read_count(json::Value value, std::int64_t least, std::int64_t most, T& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(const std::int64_t n, value.as_int());
  if (n < least || n > most) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be from " + std::to_string(least) + " to " +
                    std::to_string(most) + ".",
                value.path());
  }
  out = static_cast<T>(n);
  return {};
}

Status read_real(json::Value value, double least, double most, double& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(const double n, value.as_double());
  if (!(n >= least && n <= most)) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be from " + std::to_string(least) + " to " +
                    std::to_string(most) + ".",
                value.path());
  }
  out = n;
  return {};
}

// Those of Snowball; "" = none.
constexpr std::array<std::string_view, 28> kLanguages{
    "",        "arabic",  "basque",  "catalan",    "danish",    "dutch",      "english",
    "finnish", "french",  "german",  "greek",      "hindi",     "hungarian",  "indonesian",
    "irish",   "italian", "nepali",  "lithuanian", "norwegian", "portuguese", "romanian",
    "russian", "serbian", "spanish", "swedish",    "tamil",     "turkish",    "yiddish"};

Status check_language(std::string_view name) {
  if (std::ranges::find(kLanguages, name) != kLanguages.end()) return {};
  std::string known = "none";
  for (const std::string_view each : kLanguages) {
    if (!each.empty()) known += ", " + std::string(each);
  }
  return fail(Code::invalid_request, "`language` must be one of " + known + ".", "language");
}

Status read_chunking(json::Value value, ingest::ChunkSettings& out) {
  if (value.empty()) return {};
  static constexpr std::array<std::string_view, 3> kKnown{"unit", "size", "overlap"};
  TRY(json::only_known(value, kKnown));
  TRY(read_word(value.get("unit"), kUnits, out.unit));
  const bool resized = !value.get("size").empty();
  TRY(read_count(value.get("size"), 1, 100'000, out.size));
  TRY(read_count(value.get("overlap"), 0, 100'000, out.overlap));
  if (resized && value.get("overlap").empty()) out.overlap = std::min(out.overlap, out.size / 5);
  return out.check();
}

Status read_embedding(json::Value value, EmbeddingSettings& out) {
  if (value.empty()) return {};
  static constexpr std::array<std::string_view, 6> kKnown{"kind", "provider",   "model",
                                                          "path", "dimensions", "vector_size"};
  TRY(json::only_known(value, kKnown));
  EmbeddingSettings read;
  if (!value.get("model").empty()) read.kind = Kind::model;
  TRY(read_word(value.get("kind"), kKinds, read.kind));
  TRY(json::read_text(value.get("provider"), 128, read.provider));
  TRY(json::read_text(value.get("model"), 256, read.model));
  TRY(json::read_text(value.get("path"), 128, read.path));
  TRY(read_count(value.get("dimensions"), 1, 8'192, read.dimensions));
  TRY(read_count(value.get("vector_size"), 1, 65'536, read.vector_size));
  if (read.kind == Kind::model && read.model.empty()) {
    return fail(Code::invalid_request, "`embedding.model` must name the model of the vectors.",
                "embedding.model");
  }
  if (read.kind == Kind::static_table && read.path.empty()) {
    return fail(Code::invalid_request,
                "`embedding.path` must name a folder with model.safetensors and tokenizer.json "
                "among the server's embedding tables.",
                "embedding.path");
  }
  out = std::move(read);
  return {};
}

}  // namespace

std::string_view to_string(OnWeak what) {
  return word_of(what, kWeak);
}

Status read_spec(json::Value body, IndexSpec& spec) {
  TRY(read_chunking(body.get("chunking"), spec.chunking));
  TRY(read_embedding(body.get("embedding"), spec.embedding));
  TRY(json::read_text(body.get("language"), 32, spec.analysis.language));
  if (spec.analysis.language == "none") spec.analysis.language.clear();
  TRY(check_language(spec.analysis.language));
  if (const json::Value stop = body.get("stop_words"); !stop.empty()) {
    TRY_ASSIGN(spec.analysis.stop_words, stop.as_bool());
  }
  return {};
}

Status read_search(json::Value body, SearchSettings& search) {
  if (const json::Value bm25 = body.get("bm25"); !bm25.empty()) {
    static constexpr std::array<std::string_view, 2> kKnown{"k1", "b"};
    TRY(json::only_known(bm25, kKnown));
    TRY(read_real(bm25.get("k1"), 0, 10, search.k1));
    TRY(read_real(bm25.get("b"), 0, 1, search.b));
  }
  if (const json::Value weights = body.get("weights"); !weights.empty()) {
    static constexpr std::array<std::string_view, 2> kKnown{"lexical", "vector"};
    TRY(json::only_known(weights, kKnown));
    TRY(read_real(weights.get("lexical"), 0, 1'000, search.lexical_weight));
    TRY(read_real(weights.get("vector"), 0, 1'000, search.vector_weight));
  }
  TRY(read_real(body.get("min_similarity"), -1, 1, search.min_similarity));
  if (const json::Value rerank = body.get("rerank"); !rerank.empty()) {
    static constexpr std::array<std::string_view, 2> kKnown{"model", "deadline_ms"};
    TRY(json::only_known(rerank, kKnown));
    TRY(json::read_text(rerank.get("model"), 256, search.rerank_model));
    std::int64_t ms = search.rerank_deadline.count();
    TRY(read_count(rerank.get("deadline_ms"), 1, 60'000, ms));
    search.rerank_deadline = std::chrono::milliseconds(ms);
  }
  if (const json::Value answers = body.get("answers"); !answers.empty()) {
    static constexpr std::array<std::string_view, 4> kKnown{"evidence_tokens", "neighbours",
                                                            "on_ungrounded", "on_partial"};
    TRY(json::only_known(answers, kKnown));
    TRY(read_count(answers.get("evidence_tokens"), 100, 1'000'000, search.evidence_tokens));
    TRY(read_count(answers.get("neighbours"), 0, 4, search.neighbours));
    TRY(read_word(answers.get("on_ungrounded"), kWeak, search.on_ungrounded));
    TRY(read_word(answers.get("on_partial"), kWeak, search.on_partial));
  }
  return {};
}

void write_spec(json::Writer& w, const IndexSpec& spec) {
  w.key("chunking").begin_object().field("unit", word_of(spec.chunking.unit, kUnits));
  w.field("size", spec.chunking.size).field("overlap", spec.chunking.overlap).end_object();
  w.key("embedding").begin_object().field("kind", word_of(spec.embedding.kind, kKinds));
  w.optional_field("provider", spec.embedding.provider);
  w.optional_field("model", spec.embedding.model).optional_field("path", spec.embedding.path);
  if (spec.embedding.dimensions > 0) w.field("dimensions", spec.embedding.dimensions);
  if (spec.embedding.vector_size > 0) w.field("vector_size", spec.embedding.vector_size);
  w.end_object();
  w.field("language", spec.analysis.language.empty() ? "none" : spec.analysis.language);
  w.field("stop_words", spec.analysis.stop_words);
}

void write_search(json::Writer& w, const SearchSettings& search) {
  w.key("bm25").begin_object().field("k1", search.k1).field("b", search.b).end_object();
  w.key("weights").begin_object().field("lexical", search.lexical_weight);
  w.field("vector", search.vector_weight).end_object();
  w.field("min_similarity", search.min_similarity);
  if (!search.rerank_model.empty()) {
    w.key("rerank").begin_object().field("model", search.rerank_model);
    w.field("deadline_ms", search.rerank_deadline.count()).end_object();
  }
  w.key("answers").begin_object().field("evidence_tokens", search.evidence_tokens);
  w.field("neighbours", search.neighbours);
  w.field("on_ungrounded", to_string(search.on_ungrounded));
  w.field("on_partial", to_string(search.on_partial)).end_object();
}

std::string identity_of_chunking(const IndexSpec& spec) {
  return std::string(ingest::kChunkerVersion) + " " +
         std::string(word_of(spec.chunking.unit, kUnits)) + " " +
         std::to_string(spec.chunking.size) + "/" + std::to_string(spec.chunking.overlap);
}

std::string identity_of_embedder(const IndexSpec& spec) {
  const EmbeddingSettings& embedding = spec.embedding;
  switch (embedding.kind) {
    case Kind::none:
      return "none";
    case Kind::local_hash:
      return "local-hash-1";
    case Kind::static_table:
      return "static " + embedding.path;
    case Kind::model:
      break;
  }
  const std::int64_t size = embedding.dimensions > 0 ? embedding.dimensions : embedding.vector_size;
  return "model " + (embedding.provider.empty() ? "" : embedding.provider + "/") + embedding.model +
         " " + std::to_string(size);
}

}  // namespace maester::knowledge
