// The retired completions of OpenAI: what callers of POST /v1/completions write and read. A prompt
// becomes a chat of one message for providers that have no such API.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/pipeline/surface.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

// Several prompts, tokens in place of a text, `echo`, `suffix` and the like have no chat that says
// the same: they are in request.unknown_fields.
Result<ParsedChat> parse_text_completion(const json::Document& document,
                                         const ChatLimits& limits = {});
std::string encode_text_completion(const ChatResponse& response, const AnswerShape& shape);

class TextCompletionSurface final : public Surface {
 public:
  Protocol protocol() const override { return Protocol::openai_completions; }
  Status read(Call& call) const override;
  std::int64_t estimate_input_tokens(const Call& call) const override;
  Error budget_refusal(const Call& call) const override;
  std::string write_answer(const Call& call) const override;
  std::unique_ptr<StreamWriter> stream_writer(const Call& call) const override;
};

}  // namespace maester::gateway
