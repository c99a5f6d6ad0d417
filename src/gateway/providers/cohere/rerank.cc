#include <utility>

#include "codec/json_writer.h"
#include "gateway/providers/cohere/cohere.h"
#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/rerank_hits.h"

namespace maester::gateway::cohere {

namespace {

class Rerank final : public RerankAdapter {
 public:
  explicit Rerank(Config config) : config_(std::move(config)) {}

  Result<ProviderRequest> encode(const RerankRequest& request,
                                 const EncodeOptions& options) const override {
    if (!request.unknown_fields.empty()) {
      const std::string& name = request.unknown_fields.front();
      return fail(Code::invalid_request,
                  "Cohere's rerank has no field `" + name + "`: leave it out.", name);
    }
    ProviderRequest out;
    out.path = config_.prefix + "/rerank";
    out.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
    json::Writer w(out.body);
    w.begin_object().field("model", options.upstream_model).field("query", request.query);
    w.key("documents").begin_array();
    for (const std::string& document : request.documents) w.value(document);
    w.end_array();
    if (request.top_n) w.field("top_n", *request.top_n);
    if (request.max_tokens_per_doc) w.field("max_tokens_per_doc", *request.max_tokens_per_doc);
    w.end_object();  // the documents themselves are put into the answer by the surface
    return out;
  }

  Result<RerankResponse> decode(std::string_view body, std::size_t documents) const override {
    TRY_ASSIGN(const json::Document doc, providers::parse_answer(body));
    const json::Value root = doc.root();
    RerankResponse out;
    out.id = root.get("id").string_or("");
    TRY_ASSIGN(out.hits, providers::read_hits(root.get("results"), documents));
    const json::Value units = root.get("meta").get("billed_units").get("search_units");
    if (units.is_number()) {
      bool bounded = false;
      out.usage = meter::Usage{.queries = providers::bounded_count(units, bounded)};
      if (bounded) out.usage->provenance = meter::Provenance::estimated;
    }
    return out;
  }

 private:
  Config config_;
};

}  // namespace

std::unique_ptr<RerankAdapter> make_rerank(Config config) {
  return std::make_unique<Rerank>(std::move(config));
}

}  // namespace maester::gateway::cohere
