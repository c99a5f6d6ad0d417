// Vertex AI's embeddings: `predict` for the text models and gemini-embedding-001, `embedContent`
// (one text) for the models after it.
#include <utility>

#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/embedding_values.h"
#include "gateway/providers/gemini/adapter.h"

namespace maester::gateway::gemini {

namespace {

std::unexpected<Error> refuse(const std::string& field, const std::string& why) {
  return fail(Code::invalid_request, "Vertex's embeddings cannot honour `" + field + "`: " + why,
              field);
}

bool embeds_content(std::string_view model) {
  return model.starts_with("gemini-embedding-") && !model.starts_with("gemini-embedding-0");
}

// What every form of the request needs to be.
Status check(const EmbeddingRequest& request) {
  if (!request.unknown_fields.empty()) {
    return refuse(request.unknown_fields.front(), "leave it out.");
  }
  for (const EmbeddingInput& input : request.inputs) {
    if (!std::holds_alternative<std::string>(input))
      return refuse("input", "they take texts, not tokens.");
  }
  if (!request.input_type.empty() && task_of(request.input_type).empty())
    return refuse("input_type", "it is none of the kinds they know.");
  return {};
}

Status write_content(json::Writer& w, const EmbeddingRequest& request) {
  if (request.inputs.size() != 1) return refuse("input", "this model takes one text a request.");
  if (!request.truncate.empty()) return refuse("truncate", "leave it out.");
  w.begin_object().key("content").begin_object().key("parts").begin_array().begin_object();
  w.field("text", std::get<std::string>(request.inputs.front()));
  w.end_object().end_array().end_object();
  w.optional_field("taskType", task_of(request.input_type));
  if (request.dimensions) w.field("outputDimensionality", *request.dimensions);
  w.end_object();
  return {};
}

Status write_instances(json::Writer& w, const EmbeddingRequest& request) {
  if (request.truncate == "START") return refuse("truncate", "they cut at the end only.");
  w.begin_object().key("instances").begin_array();
  for (const EmbeddingInput& input : request.inputs) {
    w.begin_object().field("content", std::get<std::string>(input));
    w.optional_field("task_type", task_of(request.input_type)).end_object();
  }
  w.end_array();
  if (request.dimensions || !request.truncate.empty()) {
    w.key("parameters").begin_object();
    if (request.dimensions) w.field("outputDimensionality", *request.dimensions);
    if (!request.truncate.empty()) w.field("autoTruncate", request.truncate != "NONE");
    w.end_object();
  }
  w.end_object();
  return {};
}

class VertexEmbeddings final : public EmbeddingAdapter {
 public:
  explicit VertexEmbeddings(Config config) : config_(std::move(config)) {}

  Result<ProviderRequest> encode(const EmbeddingRequest& request,
                                 const EncodeOptions& options) const override {
    TRY(check(request));
    const bool content = embeds_content(options.upstream_model);
    ProviderRequest out;
    out.path = path_of(config_, options.upstream_model, content ? "embedContent" : "predict");
    out.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
    json::Writer w(out.body);
    TRY(content ? write_content(w, request) : write_instances(w, request));
    return out;
  }

  Result<EmbeddingResponse> decode(std::string_view body, std::size_t inputs) const override {
    TRY_ASSIGN(const json::Document doc,
               providers::parse_answer(body, providers::kEmbeddingLimits));
    const json::Value root = doc.root(), predictions = root.get("predictions");
    if (!predictions.exists()) return decode_content_embeddings(root, inputs);
    if (predictions.size() != inputs) return wrong_number_of_embeddings();
    EmbeddingResponse out;
    meter::Usage usage;
    bool counted = true, bounded = false;
    for (const json::Value one : predictions) {
      const json::Value embedding = one.get("embeddings");
      TRY_ASSIGN(auto vector, providers::read_vector(embedding.get("values")));
      out.vectors.push_back(std::move(vector));
      const json::Value tokens = embedding.get("statistics").get("token_count");
      counted = counted && tokens.is_number();
      if (counted) usage.input += providers::bounded_count(tokens, bounded);
    }
    if (!counted) return out;
    if (bounded) usage.provenance = meter::Provenance::estimated;
    out.usage = usage;
    return out;
  }

 private:
  Config config_;
};

}  // namespace

std::unique_ptr<EmbeddingAdapter> make_vertex_embeddings(Config config) {
  return std::make_unique<VertexEmbeddings>(std::move(config));
}

}  // namespace maester::gateway::gemini
