#include "gateway/chat.h"

#include <algorithm>
#include <utility>

namespace maester::gateway {

namespace {

// What a provider may number: more is a broken or hostile stream, not an answer.
constexpr std::int64_t kMaxChoices = 128;
constexpr std::int64_t kMaxCalls = 1024;

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

}  // namespace

std::string_view to_string(FinishReason reason) {
  switch (reason) {
    case FinishReason::none:
      return "";
    case FinishReason::stop:
      return "stop";
    case FinishReason::length:
      return "length";
    case FinishReason::tool_calls:
      return "tool_calls";
    case FinishReason::content_filter:
      return "content_filter";
    case FinishReason::function_call:
      return "function_call";
    case FinishReason::error:
      return "error";
    case FinishReason::other:
      return "other";
  }
  return "";
}

Choice& StreamAccumulator::choice(std::int64_t index) {
  auto& choices = response_.choices;
  auto at = std::lower_bound(choices.begin(), choices.end(), index,
                             [](const Choice& c, std::int64_t i) { return c.index < i; });
  if (at == choices.end() || at->index != index) {
    at = choices.insert(at, Choice{});
    at->index = index;
  }
  return *at;
}

// The providers that sign give one choice; in others a block holds all reasoning so far.
void StreamAccumulator::sign(const ThinkingSigned& event) {
  Choice& c = choice(event.choice);
  ThinkingPart& block = c.thinking.emplace_back();
  block.signature = event.signature;
  block.redacted_data = event.redacted_data;
  if (!event.redacted_data.empty() || event.choice != 0) return;
  block.text = c.reasoning.substr(signed_reasoning_);
  signed_reasoning_ = c.reasoning.size();
}

Status StreamAccumulator::add(const StreamEvent& event) {
  const auto room = [this](std::int64_t index, std::size_t bytes) -> Status {
    if (index < 0 || index >= kMaxChoices) {
      return fail(Code::upstream_error, "The provider's stream numbers its choices wrongly.");
    }
    if (bytes > max_bytes_ - bytes_) {
      return fail(Code::too_large, "The provider's answer is longer than this server keeps.");
    }
    bytes_ += bytes;
    return {};
  };
  return std::visit(Overload{[&](const StreamStart& e) -> Status {
                               response_.id = e.id;
                               response_.model = e.model;
                               response_.created = e.created;
                               return {};
                             },
                             [&](const TextDelta& e) -> Status {
                               TRY(room(e.choice, e.text.size()));
                               choice(e.choice).content += e.text;
                               return {};
                             },
                             [&](const ReasoningDelta& e) -> Status {
                               TRY(room(e.choice, e.text.size()));
                               choice(e.choice).reasoning += e.text;
                               return {};
                             },
                             [&](const ThinkingSigned& e) -> Status {
                               TRY(room(e.choice, e.signature.size() + e.redacted_data.size()));
                               sign(e);
                               return {};
                             },
                             [&](const CitationDelta& e) -> Status {
                               const Citation& c = e.citation;
                               TRY(room(e.choice, c.url.size() + c.title.size() + c.quote.size() +
                                                      c.json.size() + 64));
                               choice(e.choice).citations.push_back(c);
                               return {};
                             },
                             [&](const RefusalDelta& e) -> Status {
                               TRY(room(e.choice, e.text.size()));
                               choice(e.choice).refusal += e.text;
                               return {};
                             },
                             [&](const ToolCallDelta& e) -> Status {
                               TRY(room(e.choice, e.id.size() + e.name.size() + e.arguments.size() +
                                                      e.signature.size()));
                               if (e.call < 0 || e.call >= kMaxCalls) {
                                 return fail(Code::upstream_error,
                                             "The provider's stream numbers its tools wrongly.");
                               }
                               auto& calls = choice(e.choice).tool_calls;
                               const auto at = static_cast<std::size_t>(e.call);
                               if (calls.size() <= at) calls.resize(at + 1);
                               if (!e.id.empty()) calls[at].id = e.id;
                               if (!e.name.empty()) calls[at].name = e.name;
                               calls[at].arguments += e.arguments;
                               if (!e.signature.empty()) calls[at].signature = e.signature;
                               return {};
                             },
                             [&](const StreamFinish& e) -> Status {
                               TRY(room(e.choice, e.provider_reason.size()));
                               auto& c = choice(e.choice);
                               c.finish = e.reason;
                               c.provider_finish = e.provider_reason;
                               return {};
                             },
                             [&](const StreamUsage& e) -> Status {
                               response_.usage = e.usage;
                               if (!e.service_tier.empty()) response_.service_tier = e.service_tier;
                               return {};
                             },
                             [&](const StreamDone&) -> Status {
                               done_ = true;
                               return {};
                             }},
                    event);
}

}  // namespace maester::gateway
