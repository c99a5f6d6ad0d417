// The texts of a request and of an answer before a policy's rules. Private to the guard stages.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/chat.h"
#include "gateway/guard/judge.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Texts that were redacted: what stood there, what stands there now.
using Replaced = std::vector<std::pair<std::string, std::string>>;

// System, user, assistant and tool texts, tools' arguments and results; redactions are made in
// place. What no rule can see is reported. Thinking is the provider's own and signed: not looked
// at.
void judge_messages(guard::Judge& judge, std::vector<Message>& messages, Replaced& replaced);

// The texts of an embedding or ranking request; role "user". Numbered tokens cannot be seen.
void judge_inputs(guard::Judge& judge, EmbeddingRequest& embedding, RerankRequest& rerank,
                  Replaced& replaced);

// What an answer says: its text, reasoning, refusal and calls. True when something was redacted.
bool judge_answer(guard::Judge& judge, ChatResponse& response, bool spans_done, Replaced& replaced);

// Puts the same redactions into a JSON text whose strings those texts are; nothing when one of them
// does not stand there as it is.
std::optional<std::string> redact_json(const json::Document& document, const Replaced& replaced);

// The refusal of a text by `judge.blocker()`. REQUIRES: it is set
Error policy_refusal(const guard::Policy& policy, const guard::Judge& judge, bool input);

std::string_view role_name(Role role);

}  // namespace maester::gateway
