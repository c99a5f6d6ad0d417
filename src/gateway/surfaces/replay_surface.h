// A captured request run again: the same chat and checks through the same pipeline, optionally with
// another model or prompt version.
#pragma once

#include <string>

#include "codec/json.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {

// Made for one replay; the views must outlive it.
class ReplaySurface final : public Surface {
 public:
  struct Captured {
    json::Value replay;               // {body, checks}
    json::Value request;              // of the record: prompt_name, variables, ...
    std::string_view model;           // "" = the one that was asked for
    std::string_view prompt_version;  // "" = the messages as they were
  };
  explicit ReplaySurface(Captured captured) : captured_(captured) {}

  Protocol protocol() const override { return Protocol::openai_chat; }
  Status read(Call& call) const override;
  std::int64_t estimate_input_tokens(const Call&) const override {
    return 0;
  }  // replays have no request budget
  Error budget_refusal(const Call&) const override { return {}; }
  std::string write_answer(const Call&) const override {
    return {};
  }  // api/replays.cc writes the comparison

 private:
  Captured captured_;
};

}  // namespace maester::gateway
