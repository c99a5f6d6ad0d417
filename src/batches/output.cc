#include "batches/output.h"

#include <cstdio>

#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::batches {
namespace {

// "batch_req_" and what is the batch's own in its id, with the line: the same in every attempt.
std::string request_id(const Batch& batch, std::int64_t line) {
  char number[24];
  std::snprintf(number, sizeof number, "%08lld", static_cast<long long>(line));
  return "batch_req_" + batch.id.substr(batch.id.find('_') + 1) + number;
}

void add_usage(json::Value usage, TokenSums& tokens) {
  const auto first = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (usage.get(name).is_number()) return usage.get(name).int_or(0);
    }
    return std::int64_t{0};
  };
  tokens.input += first({"prompt_tokens", "input_tokens"});
  tokens.output += first({"completion_tokens", "output_tokens"});
  for (const std::string_view details : {"prompt_tokens_details", "input_tokens_details"})
    tokens.cached += usage.get(details).get("cached_tokens").int_or(0);
  for (const std::string_view details : {"completion_tokens_details", "output_tokens_details"})
    tokens.reasoning += usage.get(details).get("reasoning_tokens").int_or(0);
}

}  // namespace

std::string answered_line(const Batch& batch, std::int64_t line, std::string_view custom_id,
                          const gateway::LoopbackReply& reply, TokenSums& tokens) {
  std::string out;
  out.reserve(reply.body.size() + 256);
  json::Writer w(out);
  w.begin_object().field("id", request_id(batch, line)).field("custom_id", custom_id);
  w.key("response").begin_object().field("status_code", reply.status);
  w.field("request_id", reply.request_id).key("body");
  // Parsed once more: what is not one JSON text would break every reader of the file.
  const auto body = json::Document::parse(reply.body);
  if (body) {
    // A line feed between members of a provider's own bytes must not end the line.
    std::string text(body->root().raw());
    for (char& c : text) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    w.raw(text);
    if (reply.ok()) add_usage(body->root().get("usage"), tokens);
  } else {
    w.value(reply.body);
  }
  w.end_object().key("error").null().end_object();
  return out;
}

std::string unanswered_line(const Batch& batch, std::int64_t line, std::string_view custom_id,
                            std::string_view code, std::string_view message) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", request_id(batch, line)).field("custom_id", custom_id);
  w.key("response").null().key("error").begin_object().field("code", code);
  w.field("message", message).end_object().end_object();
  return out;
}

std::string error_code_of(std::string_view body) {
  const auto document = json::Document::parse(body);
  if (!document) return {};
  const json::Value root = document->root();
  const json::Value error = root.get("error");
  return std::string((error.is_object() ? error.get("code") : root.get("code")).string_or(""));
}

}  // namespace maester::batches
