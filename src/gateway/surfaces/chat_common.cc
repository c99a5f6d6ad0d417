#include "gateway/surfaces/chat_common.h"

#include <algorithm>
#include <utility>

#include "codec/json_writer.h"
#include "codec/tokens/tokens.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/surfaces/extension.h"

namespace maester::gateway {

ChatLimits limits_of(const Call& call) {
  const RequestLimits& limits = call.snapshot->config().limits;
  return {limits.max_messages, limits.max_tools, limits.max_stop, limits.max_n};
}

Status take_parsed(Call& call, ParsedChat parsed) {
  TRY(read_extension(parsed.maester, call.options));
  call.chat = std::move(parsed.request);
  if (call.options.user.empty()) call.options.user = call.chat.user;
  call.pass_through = true;
  return {};
}

std::string maester_json(const Call& call) {
  std::string out;
  if (!call.options.asked) return out;
  json::Writer w(out);
  write_maester(w, call);
  return out;
}

std::string with_maester(const std::string& body, const std::string& maester) {
  if (maester.empty()) return body;
  auto document = json::Document::parse(body);
  if (!document || !document->root().is_object()) return body;
  json::Edit edit(*document);
  edit.add_member(document->root(), "maester", maester);
  return edit.apply();
}

std::int64_t bound_chat_input(const Call& call) {
  const auto encoding = tokens::encoding_for_model(call.chat.model);
  const auto bound = static_cast<std::int64_t>(call.pass_through ? call.body.size() : 0);
  std::int64_t counted = 0;
  bool text_only = call.chat.tools.empty() && !call.chat.response_format;
  std::int64_t bytes = 0;
  for (const Message& message : call.chat.messages) {
    bytes += 16;
    counted += 4;
    for (const Part& part : message.parts) {
      const auto* text = std::get_if<TextPart>(&part);
      text_only = text_only && text != nullptr;
      if (text == nullptr) continue;
      bytes += static_cast<std::int64_t>(text->text.size());
      if (encoding && text_only)
        counted += static_cast<std::int64_t>(tokens::count_tokens(*encoding, text->text));
    }
  }
  if (encoding && text_only) return counted + 3;
  return std::max(bound, bytes);
}

Error request_budget_refusal(const Call& call) {
  return make_error(
      Code::budget_exceeded,
      "The request's budget of " + call.options.max_cost.to_string() + " USD (scope `" +
          call.options.budget_scope + "`) does not cover its estimated cost of " +
          call.budget.estimate.total().to_string() +
          " USD: raise `maester.budget.max_cost_usd`, lower `max_tokens`, or ask a cheaper model.",
      "maester.budget.max_cost_usd");
}

std::int64_t unix_seconds(const Call& call) {
  return std::chrono::floor<std::chrono::seconds>(call.received_wall).time_since_epoch().count();
}

}  // namespace maester::gateway
