// POST /v1/messages as a Surface: Anthropic's request and answer, with the `maester` extension.
#pragma once

#include "gateway/pipeline/surface.h"
#include "gateway/surfaces/anthropic_messages.h"

namespace maester::gateway {

class MessagesSurface final : public Surface {
 public:
  explicit MessagesSurface(MessagesUse use = MessagesUse::answer) : use_(use) {}
  Protocol protocol() const override { return Protocol::anthropic_messages; }
  Status read(Call& call) const override;
  std::int64_t estimate_input_tokens(const Call& call) const override;
  Error budget_refusal(const Call& call) const override;
  std::string write_answer(const Call& call) const override;
  std::unique_ptr<StreamWriter> stream_writer(const Call& call) const override;

 private:
  MessagesUse use_;
};

}  // namespace maester::gateway
