#include <utility>

#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/scrub.h"
#include "gateway/providers/common/text_offsets.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

void read_message(json::Value item, Choice& out) {
  for (const json::Value part : item.get("content")) {
    if (part.get("type").string_or("") == "refusal") {
      out.refusal += part.get("refusal").string_or("");
      continue;
    }
    const std::string_view text = part.get("text").string_or("");
    const auto begin = static_cast<std::int64_t>(out.content.size());
    for (const json::Value annotation : part.get("annotations")) {
      if (auto citation = read_annotation(annotation, text)) {
        if (citation->end > 0) {
          citation->start += begin;
          citation->end += begin;
        }
        out.citations.push_back(std::move(*citation));
      }
    }
    out.content += text;
  }
}

void read_reasoning(json::Value item, Choice& out) {
  const std::size_t begin = out.reasoning.size();
  append_summary(item, out.reasoning);
  const std::string_view secret = item.get("encrypted_content").string_or("");
  if (secret.empty()) return;
  out.thinking.push_back({out.reasoning.substr(begin), std::string(secret), {}});
}

void read_call(json::Value item, bool custom, Choice& out) {
  ToolCall call;
  call.id = item.get("call_id").string_or("");
  call.name = item.get("name").string_or("");
  call.arguments = custom ? json::quote(item.get("input").string_or(""))
                          : std::string(arguments_text(item.get("arguments")));
  if (call.arguments.empty()) call.arguments = "{}";
  out.tool_calls.push_back(std::move(call));
}

FinishReason finish_of(std::string_view status, std::string_view why, bool calls) {
  if (status == "completed") return calls ? FinishReason::tool_calls : FinishReason::stop;
  if (why == "max_output_tokens") return FinishReason::length;
  if (why == "content_filter") return FinishReason::content_filter;
  return status == "failed" ? FinishReason::error : FinishReason::other;
}

}  // namespace

// A summary's parts are paragraphs; open models give their reasoning as `content`.
void append_summary(json::Value item, std::string& out) {
  bool first = true;
  for (const json::Value part : item.get("summary")) {
    if (!first) out += "\n\n";
    first = false;
    out += part.get("text").string_or("");
  }
  for (const json::Value part : item.get("content")) out += part.get("text").string_or("");
}

std::optional<Citation> read_annotation(json::Value annotation, std::string_view text) {
  const json::Value inner = annotation.get("url_citation");  // chat completions nest it
  const json::Value from = inner.is_object() ? inner : annotation;
  Citation out;
  out.url = from.get("url").string_or("");
  out.title = from.get("title").string_or(from.get("filename").string_or(""));
  if (out.url.empty() && out.title.empty()) return std::nullopt;
  out.quote = from.get("content").string_or("");
  out.json = annotation.raw();
  const std::int64_t start = from.get("start_index").int_or(0),
                     end = from.get("end_index").int_or(0);
  if (start >= 0 && end > start) {
    out.start = providers::byte_offset(text, start);
    out.end = providers::byte_offset(text, end);
  }
  return out;
}

void read_end(json::Value response, bool calls, Choice& out) {
  const std::string_view status = response.get("status").string_or("");
  const std::string_view why = response.get("incomplete_details").get("reason").string_or("");
  out.finish = finish_of(status, why, calls);
  out.provider_finish = why.empty() ? status : why;
}

// The counts are OpenAI's; what the server did beside the model is in the items.
std::optional<meter::Usage> read_responses_usage(json::Value response) {
  auto usage = read_usage(response.get("usage"));
  if (!usage) return std::nullopt;
  for (const json::Value item : response.get("output")) {
    const std::string_view type = item.get("type").string_or("");
    if (type == "web_search_call") {
      if (item.get("action").get("type").string_or("search") == "search") ++usage->searches;
    } else if (type == "file_search_call") {
      ++usage->file_searches;
    } else if (type == "code_interpreter_call") {
      usage->code_sessions = 1;
    }
  }
  return usage;
}

Result<ChatResponse> decode_responses(std::string_view body) {
  TRY_ASSIGN(const json::Document doc, providers::parse_answer(body));
  const json::Value root = doc.root(), output = root.get("output");
  if (!output.is_array()) {
    return fail(Code::upstream_error, "The provider's answer holds no output.");
  }
  ChatResponse response;
  response.id = root.get("id").string_or("");
  response.model = root.get("model").string_or("");
  response.created = root.get("created_at").int_or(0);
  response.service_tier = root.get("service_tier").string_or("");
  Choice choice;
  for (const json::Value item : output) {
    const std::string_view type = item.get("type").string_or("");
    if (type == "message") {
      read_message(item, choice);
    } else if (type == "reasoning") {
      read_reasoning(item, choice);
    } else if (type == "function_call" || type == "custom_tool_call") {
      read_call(item, type == "custom_tool_call", choice);
    }  // else what the server did itself: searches, its own tools, approvals it asks for
  }
  read_end(root, !choice.tool_calls.empty(), choice);
  response.usage = read_responses_usage(root);
  response.choices.push_back(std::move(choice));
  return response;
}

}  // namespace maester::gateway::openai
