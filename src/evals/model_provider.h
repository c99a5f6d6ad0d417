// A model or a route of Maester as a suite's provider.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "evals/model_port.h"
#include "evals/provider.h"

namespace maester::evals {

// The model that an id names: NAME of `maester:NAME`, `openai:NAME`, `openai:chat:NAME` and
// `openai:embedding:NAME`; "" for another id.
std::string model_of(std::string_view id);

// `fresh`: no answer out of the response cache. The port must outlive the provider.
// `timeout`: of a call, 0 = as the route says.
std::unique_ptr<EvalProvider> model_provider(ModelPort& port, std::string model, bool fresh,
                                             milliseconds timeout = milliseconds(0));

// The two halves of it: a chat's body (config's members are parameters; a prompt that is a list of
// messages is sent as such), and what a reply says.
std::string chat_body(const std::string& model, const std::string& prompt, const Value& config,
                      bool fresh, milliseconds timeout = milliseconds(0));
Answer read_chat(const ModelReply& reply);

}  // namespace maester::evals
