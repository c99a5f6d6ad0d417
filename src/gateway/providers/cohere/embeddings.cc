#include <utility>

#include "codec/json_writer.h"
#include "gateway/providers/cohere/cohere.h"
#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/embedding_values.h"

namespace maester::gateway::cohere {

namespace {

class Embeddings final : public EmbeddingAdapter {
 public:
  explicit Embeddings(Config config) : config_(std::move(config)) {}

  Result<ProviderRequest> encode(const EmbeddingRequest& request,
                                 const EncodeOptions& options) const override {
    if (!request.unknown_fields.empty()) {
      const std::string& name = request.unknown_fields.front();
      return fail(Code::invalid_request,
                  "Cohere's embed has no field `" + name + "`: leave it out.", name);
    }
    ProviderRequest out;
    out.path = config_.prefix + "/embed";
    out.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
    json::Writer w(out.body);
    w.begin_object().field("model", options.upstream_model);
    // The field is required there. Texts that are to be found are what most callers mean.
    w.field("input_type", request.input_type.empty() ? "search_document" : request.input_type);
    w.key("texts").begin_array();
    for (const EmbeddingInput& input : request.inputs) {
      const auto* text = std::get_if<std::string>(&input);
      if (text == nullptr) {
        return fail(
            Code::invalid_request,
            "Cohere's models take texts: tokens of OpenAI's encodings mean nothing to them.",
            "input");
      }
      w.value(*text);
    }
    w.end_array().key("embedding_types").begin_array().value("float").end_array();
    if (request.dimensions) w.field("output_dimension", *request.dimensions);
    w.optional_field("truncate", request.truncate).end_object();
    return out;
  }

  Result<EmbeddingResponse> decode(std::string_view body, std::size_t inputs) const override {
    TRY_ASSIGN(const json::Document doc,
               providers::parse_answer(body, providers::kEmbeddingLimits));
    const json::Value root = doc.root();
    EmbeddingResponse out;
    out.id = root.get("id").string_or("");
    TRY_ASSIGN(out.vectors, providers::read_vectors(root.get("embeddings").get("float"), inputs));
    const json::Value billed = root.get("meta").get("billed_units");
    if (billed.get("input_tokens").is_number()) {
      bool bounded = false;
      out.usage = meter::Usage{
          .input = providers::bounded_count(billed.get("input_tokens"), bounded),
          .image_input = providers::bounded_count(billed.get("image_tokens"), bounded)};
      if (bounded) out.usage->provenance = meter::Provenance::estimated;
    }
    return out;
  }

 private:
  Config config_;
};

}  // namespace

std::unique_ptr<EmbeddingAdapter> make_embeddings(Config config) {
  return std::make_unique<Embeddings>(std::move(config));
}

}  // namespace maester::gateway::cohere
