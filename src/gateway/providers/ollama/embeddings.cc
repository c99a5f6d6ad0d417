#include <utility>

#include "codec/json_writer.h"
#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/embedding_values.h"
#include "gateway/providers/ollama/adapter.h"
#include "gateway/providers/ollama/ollama.h"

namespace maester::gateway::ollama {

namespace {

class Embeddings final : public EmbeddingAdapter {
 public:
  Result<ProviderRequest> encode(const EmbeddingRequest& request,
                                 const EncodeOptions& options) const override {
    const auto refuse = [](const std::string& field) {
      return fail(Code::invalid_request,
                  "Ollama's embeddings cannot honour `" + field + "`: leave it out.", field);
    };
    if (!request.unknown_fields.empty()) return refuse(request.unknown_fields.front());
    if (!request.input_type.empty()) return refuse("input_type");
    if (request.truncate == "START") return refuse("truncate");
    ProviderRequest out;
    out.path = "/api/embed";
    out.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
    json::Writer w(out.body);
    w.begin_object().field("model", options.upstream_model).key("input").begin_array();
    for (const EmbeddingInput& input : request.inputs) {
      const auto* text = std::get_if<std::string>(&input);
      if (text == nullptr) return refuse("input");
      w.value(*text);
    }
    w.end_array();
    if (request.truncate == "NONE") w.field("truncate", false);
    if (request.dimensions) w.field("dimensions", *request.dimensions);
    w.end_object();
    return out;
  }

  Result<EmbeddingResponse> decode(std::string_view body, std::size_t inputs) const override {
    TRY_ASSIGN(const json::Document doc,
               providers::parse_answer(body, providers::kEmbeddingLimits));
    EmbeddingResponse out;
    out.model = doc.root().get("model").string_or("");
    TRY_ASSIGN(out.vectors, providers::read_vectors(doc.root().get("embeddings"), inputs));
    const json::Value count = doc.root().get("prompt_eval_count");
    if (count.is_number()) {
      bool bounded = false;
      out.usage = meter::Usage{.input = providers::bounded_count(count, bounded)};
      if (bounded) out.usage->provenance = meter::Provenance::estimated;
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<EmbeddingAdapter> make_embeddings() {
  return std::make_unique<Embeddings>();
}

}  // namespace maester::gateway::ollama
