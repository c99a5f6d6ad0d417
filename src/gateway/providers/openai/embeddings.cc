#include <utility>

#include "codec/json_writer.h"
#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/embedding_values.h"
#include "gateway/providers/common/request_edit.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

void write_inputs(json::Writer& w, const EmbeddingRequest& request) {
  w.key("input").begin_array();
  for (const EmbeddingInput& input : request.inputs) {
    if (const auto* text = std::get_if<std::string>(&input)) {
      w.value(*text);
    } else {
      w.begin_array();
      for (const std::int64_t token : std::get<std::vector<std::int64_t>>(input)) w.value(token);
      w.end_array();
    }
  }
  w.end_array();
}

class Embeddings final : public EmbeddingAdapter {
 public:
  explicit Embeddings(Config config) : config_(std::move(config)) {}

  Result<ProviderRequest> encode(const EmbeddingRequest& request,
                                 const EncodeOptions& options) const override {
    ProviderRequest out;
    out.path = config_.endpoint.path("/embeddings", options.upstream_model);
    out.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
    // The fields of imitators (Voyage, Jina, NVIDIA) are known to no type here: a caller who speaks
    // this protocol has them passed on.
    if (!options.source_body.empty()) {
      TRY_ASSIGN(const json::Document doc, providers::parse_source(options.source_body));
      json::Edit edit(doc);
      if (const json::Value own = doc.root().get("maester"); own.exists()) edit.remove_member(own);
      if (doc.root().get("model").string_or("") != options.upstream_model) {
        providers::set_member(edit, doc.root(), "model", json::quote(options.upstream_model));
      }
      out.body = edit.apply();
      return out;
    }
    TRY(refuse(request));
    json::Writer w(out.body);
    w.begin_object().field("model", options.upstream_model);
    write_inputs(w, request);
    if (request.dimensions) {
      w.field(config_.mistral ? "output_dimension" : "dimensions", *request.dimensions);
    }
    if (request.base64 && !config_.tolerant) w.field("encoding_format", "base64");
    if (config_.tolerant) w.optional_field("input_type", request.input_type);
    if (!config_.mistral) w.optional_field("user", request.user);
    w.end_object();
    return out;
  }

  Result<EmbeddingResponse> decode(std::string_view body, std::size_t inputs) const override {
    TRY_ASSIGN(const json::Document doc,
               providers::parse_answer(body, providers::kEmbeddingLimits));
    const json::Value root = doc.root();
    EmbeddingResponse out;
    out.id = root.get("id").string_or("");
    out.model = root.get("model").string_or("");
    TRY_ASSIGN(out.vectors, providers::read_indexed_vectors(root.get("data"), inputs));
    out.usage = read_usage(root.get("usage"));
    if (!out.usage) {  // Voyage and Jina tell the total alone
      const json::Value total = root.get("usage").get("total_tokens");
      bool bounded = false;
      if (total.is_number()) {
        out.usage = meter::Usage{.input = providers::bounded_count(total, bounded)};
        if (bounded) out.usage->provenance = meter::Provenance::estimated;
      }
    }
    return out;
  }

 private:
  Status refuse(const EmbeddingRequest& request) const {
    const auto no = [](const std::string& field) {
      return fail(
          Code::invalid_request,
          "This model's provider has no field `" + field + "` for embeddings: leave it out.",
          field);
    };
    if (!request.unknown_fields.empty()) return no(request.unknown_fields.front());
    if (!request.truncate.empty()) return no("truncate");
    if (!request.input_type.empty() && !config_.tolerant) return no("input_type");
    return {};
  }

  Config config_;
};

}  // namespace

std::unique_ptr<EmbeddingAdapter> make_embeddings(Config config) {
  return std::make_unique<Embeddings>(std::move(config));
}

}  // namespace maester::gateway::openai
