// POST /v1/rerank as a Surface: Cohere's request and Jina's, which differ in little, and an answer
// that both kinds of clients read.
#pragma once

#include "gateway/pipeline/surface.h"
#include "gateway/surfaces/request_fields.h"

namespace maester::gateway {

struct ParsedRerank {
  RerankRequest request;
  json::Value maester;  // absent when not sent; a view into the document
};

// Code::invalid_request, `param` naming the field. At most 1,000 documents: texts, or objects with
// a `text`.
Result<ParsedRerank> parse_rerank(const json::Document& document);

class RerankSurface final : public Surface {
 public:
  Protocol protocol() const override { return Protocol::openai_chat; }
  Status read(Call& call) const override;
  std::int64_t estimate_input_tokens(const Call& call) const override;
  Error budget_refusal(const Call& call) const override;
  // {id, model, results: [{index, relevance_score, document?}], usage, meta: {billed_units}}
  std::string write_answer(const Call& call) const override;
};

}  // namespace maester::gateway
