// Embeddings by InvokeModel, whose body is each family's own: Amazon's Titan (one text a request)
// and Cohere's Embed.
#include "codec/json_writer.h"
#include "gateway/providers/bedrock/bedrock.h"
#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/embedding_values.h"
#include "wire/url.h"

namespace maester::gateway::bedrock {

namespace {

constexpr std::string_view kTitanV1 = "titan-embed-text-v1", kTitanImage = "titan-embed-image";

std::unexpected<Error> refuse(const std::string& field, const std::string& why) {
  return fail(Code::invalid_request, "Bedrock cannot honour `" + field + "` here: " + why, field);
}

bool names(std::string_view model, std::string_view family) {
  return model.find(family) != std::string_view::npos;
}

Status write_titan(json::Writer& w, const EmbeddingRequest& request, std::string_view model) {
  if (request.inputs.size() != 1) {
    return refuse("input", "Titan takes one text a request; Cohere's models take several.");
  }
  if (!request.input_type.empty()) return refuse("input_type", "Titan has none; leave it out.");
  if (!request.truncate.empty()) return refuse("truncate", "Titan has none; leave it out.");
  if (request.dimensions && names(model, kTitanV1))
    return refuse("dimensions", "Titan's first version has 1,536; leave it out.");
  w.begin_object().field("inputText", std::get<std::string>(request.inputs.front()));
  if (request.dimensions && names(model, kTitanImage)) {
    w.key("embeddingConfig").begin_object();
    w.field("outputEmbeddingLength", *request.dimensions).end_object();
  } else if (request.dimensions) {
    w.field("dimensions", *request.dimensions);
  }
  w.end_object();
  return {};
}

Status write_cohere(json::Writer& w, const EmbeddingRequest& request, std::string_view model) {
  if (request.dimensions && names(model, "-v3"))
    return refuse("dimensions", "Cohere's third version has 1,024; leave it out.");
  w.begin_object().key("texts").begin_array();
  for (const EmbeddingInput& input : request.inputs) w.value(std::get<std::string>(input));
  w.end_array();
  // The field is required there. Texts that are to be found are what most callers mean.
  w.field("input_type", request.input_type.empty() ? "search_document" : request.input_type);
  w.key("embedding_types").begin_array().value("float").end_array();
  if (request.dimensions) w.field("output_dimension", *request.dimensions);
  w.optional_field("truncate", request.truncate).end_object();
  return {};
}

class Embeddings final : public EmbeddingAdapter {
 public:
  Result<ProviderRequest> encode(const EmbeddingRequest& request,
                                 const EncodeOptions& options) const override {
    if (!request.unknown_fields.empty()) {
      return refuse(request.unknown_fields.front(), "leave it out.");
    }
    for (const EmbeddingInput& input : request.inputs) {
      if (!std::holds_alternative<std::string>(input))
        return refuse("input", "its models take texts, not tokens of OpenAI's encodings.");
    }
    const std::string& model = options.upstream_model;
    ProviderRequest out;
    out.path = "/model/" + wire::encode_segment(model) + "/invoke";
    out.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
    json::Writer w(out.body);
    if (names(model, "titan-embed")) {
      TRY(write_titan(w, request, model));
    } else if (names(model, "cohere.embed")) {
      TRY(write_cohere(w, request, model));
    } else {
      return refuse("model", "it embeds with models named `titan-embed` and `cohere.embed` only.");
    }
    return out;
  }

  // Titan's {embedding, inputTextTokenCount}; Cohere's {embeddings: {float: [..]}}, and from older
  // models {embeddings: [..]}, without counts: those are in a header of Amazon's.
  Result<EmbeddingResponse> decode(std::string_view body, std::size_t inputs) const override {
    TRY_ASSIGN(const json::Document doc,
               providers::parse_answer(body, providers::kEmbeddingLimits));
    const json::Value root = doc.root(), several = root.get("embeddings");
    EmbeddingResponse out;
    if (several.exists()) {
      out.id = root.get("id").string_or("");
      TRY_ASSIGN(out.vectors, providers::read_vectors(
                                  several.is_array() ? several : several.get("float"), inputs));
      return out;
    }
    if (inputs != 1) {
      return fail(
          Code::upstream_error,
          "The provider answered with another number of embeddings than there were inputs.");
    }
    TRY_ASSIGN(auto vector, providers::read_vector(root.get("embedding")));
    out.vectors.push_back(std::move(vector));
    if (const json::Value tokens = root.get("inputTextTokenCount"); tokens.is_number()) {
      bool bounded = false;
      out.usage = meter::Usage{.input = providers::bounded_count(tokens, bounded)};
      if (bounded) out.usage->provenance = meter::Provenance::estimated;
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<EmbeddingAdapter> make_embeddings() {
  return std::make_unique<Embeddings>();
}

}  // namespace maester::gateway::bedrock
