// POST /v1/embeddings as a Surface: OpenAI's request and answer, before any provider that embeds.
#pragma once

#include "gateway/pipeline/surface.h"
#include "gateway/surfaces/request_fields.h"

namespace maester::gateway {

struct ParsedEmbedding {
  EmbeddingRequest request;
  json::Value maester;  // absent when not sent; a view into the document
};

// Code::invalid_request, `param` naming the field. Bounds: 2,048 inputs of at least one character
// or token each, as OpenAI has it.
Result<ParsedEmbedding> parse_embedding(const json::Document& document);

// `maester` as JSON, "" for none.
std::string encode_embedding_answer(const EmbeddingResponse& response, bool base64,
                                    const meter::Usage& usage, std::string_view maester);

class EmbeddingsSurface final : public Surface {
 public:
  Protocol protocol() const override { return Protocol::openai_chat; }
  Status read(Call& call) const override;
  std::int64_t estimate_input_tokens(const Call& call) const override;
  Error budget_refusal(const Call& call) const override;
  std::string write_answer(const Call& call) const override;
};

}  // namespace maester::gateway
