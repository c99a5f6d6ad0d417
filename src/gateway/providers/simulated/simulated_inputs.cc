#include "gateway/providers/simulated/simulated_inputs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kDimensions = 64;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::uint64_t hash_of(std::string_view word) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    hash = (hash ^ byte) * 1099511628211u;
  }
  return hash;
}

std::int64_t tokens_of(std::string_view text) {
  return std::max<std::int64_t>(1, 2 * static_cast<std::int64_t>(simulated_words(text).size()));
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return std::max(0.0, sum);
}

void write_usage(json::Writer& w, std::int64_t tokens) {
  w.key("usage").begin_object().field("prompt_tokens", tokens).field("total_tokens", tokens);
  w.end_object();
}

std::string embed(json::Value root) {
  const auto dimensions = static_cast<std::size_t>(
      std::clamp<std::int64_t>(root.get("dimensions").int_or(kDimensions), 1, 65'536));
  std::string out;
  json::Writer w(out);
  std::int64_t tokens = 0;
  w.begin_object().field("object", "list").key("data").begin_array();
  std::size_t index = 0;
  for (const json::Value input : root.get("input")) {
    // Tokens in place of a text are words of their own.
    std::string text(input.string_or(""));
    for (const json::Value token : input) text += " " + std::string(token.raw());
    tokens += tokens_of(text);
    w.begin_object().field("object", "embedding").field("index", index++).key("embedding");
    w.begin_array();
    for (const float value : simulated_vector(text, dimensions)) w.value(double{value});
    w.end_array().end_object();
  }
  w.end_array().field("model", root.get("model").string_or(""));
  write_usage(w, tokens);
  w.end_object();
  return out;
}

std::string rank(json::Value root) {
  const std::string_view query = root.get("query").string_or("");
  const std::vector<float> wanted = simulated_vector(query, kDimensions);
  std::vector<std::pair<double, std::size_t>> hits;
  std::int64_t tokens = tokens_of(query);
  for (const json::Value document : root.get("documents")) {
    const std::string_view text = document.string_or("");
    tokens += tokens_of(text);
    hits.emplace_back(cosine(wanted, simulated_vector(text, kDimensions)), hits.size());
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string out;
  json::Writer w(out);
  w.begin_object().field("model", root.get("model").string_or("")).key("results").begin_array();
  for (const auto& [score, index] : hits) {
    w.begin_object().field("index", index).field("relevance_score", score).end_object();
  }
  w.end_array();
  write_usage(w, tokens);
  w.end_object();
  return out;
}

std::optional<meter::Usage> read_usage(json::Value root) {
  return meter::Usage{.input = root.get("usage").get("total_tokens").int_or(0)};
}

class Embeddings final : public EmbeddingAdapter {
 public:
  Result<ProviderRequest> encode(const EmbeddingRequest& request,
                                 const EncodeOptions& options) const override {
    ProviderRequest out;
    out.path = "/embeddings";
    json::Writer w(out.body);
    w.begin_object().field("model", options.upstream_model).key("input").begin_array();
    for (const EmbeddingInput& input : request.inputs) {
      if (const auto* text = std::get_if<std::string>(&input)) {
        w.value(*text);
        continue;
      }
      w.begin_array();
      for (const std::int64_t token : std::get<std::vector<std::int64_t>>(input)) w.value(token);
      w.end_array();
    }
    w.end_array();
    if (request.dimensions) w.field("dimensions", *request.dimensions);
    w.end_object();
    return out;
  }
  Result<EmbeddingResponse> decode(std::string_view body, std::size_t) const override {
    TRY_ASSIGN(const json::Document document, json::Document::parse(body));
    EmbeddingResponse out;
    out.model = document.root().get("model").string_or("");
    for (const json::Value each : document.root().get("data")) {
      std::vector<float>& vector = out.vectors.emplace_back();
      for (const json::Value value : each.get("embedding")) {
        TRY_ASSIGN(const double number, value.as_double());
        vector.push_back(static_cast<float>(number));
      }
    }
    out.usage = read_usage(document.root());
    return out;
  }
};

class Rerank final : public RerankAdapter {
 public:
  Result<ProviderRequest> encode(const RerankRequest& request,
                                 const EncodeOptions& options) const override {
    ProviderRequest out;
    out.path = "/rerank";
    json::Writer w(out.body);
    w.begin_object().field("model", options.upstream_model).field("query", request.query);
    w.key("documents").begin_array();
    for (const std::string& document : request.documents) w.value(document);
    w.end_array().end_object();
    return out;
  }
  Result<RerankResponse> decode(std::string_view body, std::size_t) const override {
    TRY_ASSIGN(const json::Document document, json::Document::parse(body));
    RerankResponse out;
    out.model = document.root().get("model").string_or("");
    for (const json::Value hit : document.root().get("results")) {
      TRY_ASSIGN(const double score, hit.get("relevance_score").as_double());
      out.hits.push_back({hit.get("index").int_or(0), score});
    }
    out.usage = read_usage(document.root());
    return out;
  }
};

}  // namespace

std::vector<std::string_view> simulated_words(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && is_space(text[at])) ++at;
    const std::size_t begin = at;
    while (at < text.size() && !is_space(text[at])) ++at;
    if (at > begin) out.push_back(text.substr(begin, at - begin));
  }
  return out;
}

std::vector<float> simulated_vector(std::string_view text, std::size_t dimensions) {
  std::vector<float> out(dimensions);
  for (const std::string_view word : simulated_words(text)) {
    const std::uint64_t hash = hash_of(word);
    out[hash % dimensions] += hash >> 63 != 0 ? -1.0F : 1.0F;
  }
  double square = 0;
  for (const float value : out) square += double{value} * double{value};
  if (square == 0) {
    out[0] = 1;
    return out;
  }
  for (float& value : out) value = static_cast<float>(double{value} / std::sqrt(square));
  return out;
}

std::optional<Result<std::string>> answer_inputs(std::string_view path, std::string_view body) {
  const bool embeds = path.ends_with("/embeddings");
  if (!embeds && !path.ends_with("/rerank")) return std::nullopt;
  const auto document = json::Document::parse(body);
  if (!document) return Result<std::string>(fail(document.error()));
  return Result<std::string>(embeds ? embed(document->root()) : rank(document->root()));
}

namespace simulated {

std::unique_ptr<EmbeddingAdapter> make_embeddings() {
  return std::make_unique<Embeddings>();
}
std::unique_ptr<RerankAdapter> make_rerank() {
  return std::make_unique<Rerank>();
}

}  // namespace simulated
}  // namespace maester::gateway
