// POST /v1/collections/{c}/answers: a question to a collection. Streams as events of its own:
// delta, citation, grounding, receipt, error (CONTRACT.md §6). Made for one request.
#pragma once

#include <string>

#include "codec/json.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {

struct KnowledgeAsk;

class AnswersSurface final : public Surface {
 public:
  explicit AnswersSurface(std::string collection) : collection_(std::move(collection)) {}
  // No provider's bytes are forwarded: markers are checked on their way.
  Protocol protocol() const override { return Protocol::openai_chat; }
  Status read(Call& call) const override;
  std::int64_t estimate_input_tokens(const Call& call) const override;
  Error budget_refusal(const Call& call) const override;
  std::string write_answer(const Call& call) const override;
  std::unique_ptr<StreamWriter> stream_writer(const Call& call) const override;

 private:
  std::string collection_;
};

// `maester.knowledge` of any chat: {collection, index_version?, top_k?, require_citations?,
// filters?}.
Result<KnowledgeAsk> read_knowledge(json::Value knowledge);

}  // namespace maester::gateway
