#include <utility>

#include "codec/json_writer.h"
#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/rerank_hits.h"
#include "gateway/providers/jina/jina.h"

namespace maester::gateway::jina {

namespace {

class Rerank final : public RerankAdapter {
 public:
  explicit Rerank(Config config) : config_(config) {}

  Result<ProviderRequest> encode(const RerankRequest& request,
                                 const EncodeOptions& options) const override {
    std::string field;
    if (request.max_tokens_per_doc) field = "max_tokens_per_doc";
    if (!request.unknown_fields.empty()) field = request.unknown_fields.front();
    if (!field.empty()) {
      return fail(Code::invalid_request,
                  "This model's provider has no field `" + field + "` for ranking: leave it out.",
                  field);
    }
    ProviderRequest out;
    out.path = "/rerank";
    out.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
    json::Writer w(out.body);
    w.begin_object().field("model", options.upstream_model).field("query", request.query);
    w.key("documents").begin_array();
    for (const std::string& document : request.documents) w.value(document);
    w.end_array();
    if (request.top_n) w.field(config_.voyage ? "top_k" : "top_n", *request.top_n);
    w.field("return_documents", false).end_object();  // the surface puts them into its answer
    return out;
  }

  Result<RerankResponse> decode(std::string_view body, std::size_t documents) const override {
    TRY_ASSIGN(const json::Document doc, providers::parse_answer(body));
    const json::Value root = doc.root();
    RerankResponse out;
    out.id = root.get("id").string_or("");
    out.model = root.get("model").string_or("");
    const json::Value results = root.get("results");
    TRY_ASSIGN(out.hits,
               providers::read_hits(results.exists() ? results : root.get("data"), documents));
    const json::Value total = root.get("usage").get("total_tokens");
    if (total.is_number()) {
      bool bounded = false;
      out.usage = meter::Usage{.input = providers::bounded_count(total, bounded)};
      if (bounded) out.usage->provenance = meter::Provenance::estimated;
    }
    return out;
  }

 private:
  Config config_;
};

}  // namespace

std::unique_ptr<RerankAdapter> make_rerank(Config config) {
  return std::make_unique<Rerank>(config);
}

}  // namespace maester::gateway::jina
