#include <algorithm>

#include "codec/base64.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "gateway/cache/cached_answer.h"

namespace maester::gateway {
namespace {

std::int64_t nanos(WallTime at) {
  return at.time_since_epoch().count();
}

void write_thinking(json::Writer& w, const ThinkingPart& part) {
  w.begin_object().optional_field("text", part.text).optional_field("signature", part.signature);
  w.optional_field("redacted", part.redacted_data).end_object();
}

void write_citation(json::Writer& w, const Citation& citation) {
  w.begin_object().optional_field("url", citation.url).optional_field("title", citation.title);
  w.optional_field("quote", citation.quote).field("start", citation.start);
  w.field("end", citation.end).optional_field("json", citation.json).end_object();
}

void write_call(json::Writer& w, const ToolCall& call) {
  w.begin_object().field("id", call.id).field("name", call.name);
  w.field("arguments", call.arguments).optional_field("signature", call.signature).end_object();
}

template <class T>
void write_list(json::Writer& w, std::string_view name, const std::vector<T>& items,
                void (*write)(json::Writer&, const T&)) {
  if (items.empty()) return;
  w.key(name).begin_array();
  for (const T& item : items) write(w, item);
  w.end_array();
}

void write_choice(json::Writer& w, const Choice& choice) {
  w.begin_object().field("index", choice.index).field("content", choice.content);
  w.optional_field("reasoning", choice.reasoning).optional_field("refusal", choice.refusal);
  write_list(w, "thinking", choice.thinking, write_thinking);
  write_list(w, "tool_calls", choice.tool_calls, write_call);
  write_list(w, "citations", choice.citations, write_citation);
  w.field("finish", static_cast<int>(choice.finish));
  w.optional_field("provider_finish", choice.provider_finish).end_object();
}

void write_usage(json::Writer& w, const meter::Usage& usage) {
  w.begin_object();
  for (const meter::UsageBucket& bucket : meter::kUsageBuckets) {
    if (usage.*bucket.count != 0) w.field(bucket.name, usage.*bucket.count);
  }
  w.end_object();
}

std::string text_of(json::Value value) {
  return std::string(value.string_or(""));
}

ToolCall read_call(json::Value value) {
  return {text_of(value.get("id")), text_of(value.get("name")), text_of(value.get("arguments")),
          text_of(value.get("signature"))};
}

Citation read_citation(json::Value value) {
  return {.url = text_of(value.get("url")),
          .title = text_of(value.get("title")),
          .quote = text_of(value.get("quote")),
          .start = value.get("start").int_or(0),
          .end = value.get("end").int_or(0),
          .json = text_of(value.get("json"))};
}

Result<Choice> read_choice(json::Value value) {
  Choice out;
  TRY_ASSIGN(out.index, value.get("index").as_int());
  TRY_ASSIGN(out.content, value.get("content").as_string());
  out.reasoning = text_of(value.get("reasoning"));
  out.refusal = text_of(value.get("refusal"));
  for (const json::Value part : value.get("thinking")) {
    out.thinking.push_back(
        {text_of(part.get("text")), text_of(part.get("signature")), text_of(part.get("redacted"))});
  }
  for (const json::Value call : value.get("tool_calls")) out.tool_calls.push_back(read_call(call));
  for (const json::Value one : value.get("citations")) out.citations.push_back(read_citation(one));
  const std::int64_t finish = value.get("finish").int_or(-1);
  if (finish < 0 || finish > static_cast<int>(FinishReason::other)) {
    return fail(Code::corrupt, "A cached answer's finish reason is none.");
  }
  out.finish = static_cast<FinishReason>(finish);
  out.provider_finish = text_of(value.get("provider_finish"));
  return out;
}

meter::Usage read_usage(json::Value value) {
  meter::Usage usage;
  for (const meter::UsageBucket& bucket : meter::kUsageBuckets) {
    usage.*bucket.count = value.get(bucket.name).int_or(0);
  }
  return usage;
}

WallTime time_of(json::Value value) {
  return WallTime(nanoseconds(value.int_or(0)));
}

}  // namespace

std::size_t CachedAnswer::size() const {
  std::size_t sum = sizeof(CachedAnswer) + 256 + vector.size() * sizeof(float) + raw_body.size() +
                    response.id.size();
  for (const Choice& choice : response.choices) {
    sum += sizeof(Choice) + choice.content.size() + choice.reasoning.size() + choice.refusal.size();
    for (const ToolCall& call : choice.tool_calls)
      sum += sizeof(ToolCall) + call.arguments.size() + call.signature.size();
    for (const ThinkingPart& part : choice.thinking)
      sum += sizeof(ThinkingPart) + part.text.size() + part.signature.size() +
             part.redacted_data.size();
    for (const Citation& citation : choice.citations)
      sum += sizeof(Citation) + citation.quote.size() + citation.json.size();
  }
  return sum;
}

std::string encode(const CachedAnswer& answer) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("request_id", answer.request_id).field("model", answer.model);
  w.field("provider", answer.provider).field("took_ms", answer.took.count());
  w.field("made", nanos(answer.made)).field("expires", nanos(answer.expires));
  if (answer.cost) w.field("cost", *answer.cost);
  const ChatResponse& response = answer.response;
  w.field("id", response.id).field("upstream_model", response.model);
  w.field("created", response.created).optional_field("service_tier", response.service_tier);
  w.key("choices").begin_array();
  for (const Choice& choice : response.choices) write_choice(w, choice);
  w.end_array();
  if (response.usage) {
    w.key("usage");
    write_usage(w, *response.usage);
  }
  if (!answer.vector.empty()) {
    const auto* bytes = reinterpret_cast<const char*>(answer.vector.data());
    w.field("vector", base64_encode({bytes, answer.vector.size() * sizeof(float)}));
  }
  w.optional_field("raw", answer.raw_body).end_object();
  return out;
}

Result<CachedAnswer> decode_cached_answer(std::string_view text, CacheKey key) {
  auto doc = json::Document::parse(text);
  if (!doc) return fail(Code::corrupt, "A cached answer is not JSON.", {}, doc.error().message);
  const json::Value root = doc->root();
  CachedAnswer out;
  out.key = std::move(key);
  out.request_id = text_of(root.get("request_id"));
  out.model = text_of(root.get("model"));
  out.provider = text_of(root.get("provider"));
  out.took = milliseconds(root.get("took_ms").int_or(0));
  out.made = time_of(root.get("made"));
  out.expires = time_of(root.get("expires"));
  if (const json::Value cost = root.get("cost"); cost.exists()) {
    out.cost = FemtoUsd::parse(cost.string_or(""));
  }
  out.response.id = text_of(root.get("id"));
  out.response.model = text_of(root.get("upstream_model"));
  out.response.created = root.get("created").int_or(0);
  out.response.service_tier = text_of(root.get("service_tier"));
  for (const json::Value choice : root.get("choices")) {
    auto read = read_choice(choice);
    if (!read) return fail(Code::corrupt, "A cached answer has lost a part.");
    out.response.choices.push_back(std::move(*read));
  }
  if (const json::Value usage = root.get("usage"); usage.is_object()) {
    out.response.usage = read_usage(usage);
  }
  out.raw_body = text_of(root.get("raw"));
  if (const auto bytes = base64_decode(root.get("vector").string_or("")); bytes) {
    out.vector.resize(bytes->size() / sizeof(float));
    std::copy_n(bytes->begin(), out.vector.size() * sizeof(float),
                reinterpret_cast<char*>(out.vector.data()));
  }
  return out;
}

}  // namespace maester::gateway
