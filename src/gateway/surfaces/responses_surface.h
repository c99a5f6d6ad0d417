// POST /v1/responses as a Surface.
#pragma once

#include "gateway/pipeline/surface.h"

namespace maester::gateway {

class ResponsesSurface final : public Surface {
 public:
  Protocol protocol() const override { return Protocol::openai_responses; }
  Status read(Call& call) const override;
  std::int64_t estimate_input_tokens(const Call& call) const override;
  Error budget_refusal(const Call& call) const override;
  std::string write_answer(const Call& call) const override;
  std::unique_ptr<StreamWriter> stream_writer(const Call& call) const override;
};

}  // namespace maester::gateway
