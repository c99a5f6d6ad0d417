// Maester's own call to an embedding model, for the question of a request on a route whose semantic
// cache names one. Made for one call; the views must outlive it.
#pragma once

#include <string_view>

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {

class QuestionSurface final : public Surface {
 public:
  QuestionSurface(std::string_view model, std::string_view text, milliseconds timeout)
      : model_(model), text_(text), timeout_(timeout) {}

  Protocol protocol() const override { return Protocol::openai_chat; }
  Status read(Call& call) const override {
    call.operation = Operation::embeddings;
    call.chat.model = call.embedding.model = std::string(model_);
    call.embedding.inputs.emplace_back(std::string(text_));
    call.embedding.one_text = true;
    call.options.timeout = timeout_;
    return {};
  }
  std::int64_t estimate_input_tokens(const Call&) const override { return 0; }
  Error budget_refusal(const Call&) const override { return {}; }  // it asks for no request budget
  std::string write_answer(const Call&) const override { return {}; }

 private:
  std::string_view model_, text_;
  milliseconds timeout_;
};

}  // namespace maester::gateway
