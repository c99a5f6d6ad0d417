#include "fakeprovider/openai_others.h"

#include "common/http1.h"
#include "common/net.h"

namespace maester::rig {
namespace {

std::string number(std::int64_t n) {
  return std::to_string(n);
}

std::string text_item(const Answer& a, std::string_view text) {
  return "{\"type\":\"message\",\"id\":\"msg_" + a.id +
         "\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_"
         "text\","
         "\"text\":" +
         quoted(text) + ",\"annotations\":[],\"logprobs\":[]}]}";
}

std::string reasoning_item(const Answer& a) {
  return "{\"type\":\"reasoning\",\"id\":\"rs_" + a.id +
         "\",\"summary\":[{\"type\":\"summary_text\",\"text\":" + quoted(a.reasoning) +
         "}],\"encrypted_content\":\"sealed\"}";
}

std::string call_item(const Answer& a, std::size_t i, std::string_view arguments) {
  return "{\"type\":\"function_call\",\"id\":\"fc_" + a.id + std::to_string(i) +
         "\",\"call_id\":\"" + a.tools[i].id + "\",\"name\":" + quoted(a.tools[i].name) +
         ",\"arguments\":" + quoted(arguments) + ",\"status\":\"completed\"}";
}

std::vector<std::string> items_of(const Answer& a) {
  std::vector<std::string> out;
  if (!a.reasoning.empty()) out.push_back(reasoning_item(a));
  if (a.tools.empty()) out.push_back(text_item(a, a.text));
  for (std::size_t i = 0; i < a.tools.size(); ++i)
    out.push_back(call_item(a, i, a.tools[i].arguments));
  return out;
}

std::string object_of(const Answer& a, bool done) {
  const bool capped = done && a.capped;
  std::string out = "{\"id\":\"resp_" + a.id +
                    "\",\"object\":\"response\",\"created_at\":1760000000,\"status\":\"" +
                    (!done    ? "in_progress"
                     : capped ? "incomplete"
                              : "completed") +
                    "\",\"error\":null,\"incomplete_details\":" +
                    (capped ? "{\"reason\":\"max_output_tokens\"}" : "null") +
                    ",\"model\":" + quoted(a.model) + ",\"output\":[";
  if (done) {
    for (const std::string& item : items_of(a)) out += (out.back() == '[' ? "" : ",") + item;
  }
  out +=
      "],\"parallel_tool_calls\":true,\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":1,"
      "\"temperature\":1,\"store\":true,\"usage\":";
  if (done && a.usage) {
    out += "{\"input_tokens\":" + number(a.input_tokens) +
           ",\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":" +
           number(a.output_tokens) +
           ",\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":" +
           number(a.input_tokens + a.output_tokens) + "}";
  } else {
    out += "null";
  }
  return out + "}";
}

// Numbers the events of one stream.
class Script {
 public:
  std::string event(std::string_view type, const std::string& rest) {
    return "event: " + std::string(type) + "\ndata: {\"type\":\"" + std::string(type) +
           "\",\"sequence_number\":" + std::to_string(next_++) + rest + "}\n\n";
  }

 private:
  int next_ = 0;
};

std::string place(std::string_view id, std::size_t index) {
  return ",\"item_id\":\"" + std::string(id) + "\",\"output_index\":" + std::to_string(index);
}

std::string completion(const Answer& a, std::string_view text, std::string_view finish,
                       bool with_usage) {
  std::string out =
      "{\"id\":\"cmpl-" + a.id +
      "\",\"object\":\"text_completion\",\"created\":1760000000,\"model\":" + quoted(a.model) +
      ",\"choices\":[{\"text\":" + quoted(text) +
      ",\"index\":0,\"logprobs\":null,\"finish_reason\":" + std::string(finish) + "}]";
  if (with_usage && a.usage) {
    out += ",\"usage\":{\"prompt_tokens\":" + number(a.input_tokens) +
           ",\"completion_tokens\":" + number(a.output_tokens) +
           ",\"total_tokens\":" + number(a.input_tokens + a.output_tokens) + "}";
  }
  return out + "}";
}

}  // namespace

std::string responses_body(const Answer& a) {
  return object_of(a, true);
}

Events responses_events(const Answer& a) {
  Events out;
  Script script;
  const std::string begun = ",\"response\":" + object_of(a, false);
  out.before = script.event("response.created", begun);
  out.before += script.event("response.in_progress", begun);
  std::size_t index = 0;
  if (!a.reasoning.empty()) {
    const std::string at = place("rs_" + a.id, index) + ",\"summary_index\":0";
    out.before += script.event("response.output_item.added",
                               ",\"output_index\":0,\"item\":{\"type\":\"reasoning\",\"id\":\"rs_" +
                                   a.id + "\",\"summary\":[]}");
    out.before += script.event("response.reasoning_summary_part.added",
                               at + ",\"part\":{\"type\":\"summary_text\",\"text\":\"\"}");
    for (const std::string_view piece : text_pieces(a.reasoning)) {
      out.before +=
          script.event("response.reasoning_summary_text.delta", at + ",\"delta\":" + quoted(piece));
    }
    out.before += script.event("response.reasoning_summary_text.done",
                               at + ",\"text\":" + quoted(a.reasoning));
    out.before += script.event("response.output_item.done",
                               ",\"output_index\":0,\"item\":" + reasoning_item(a));
    ++index;
  }
  if (a.tools.empty()) {
    const std::string at = place("msg_" + a.id, index) + ",\"content_index\":0";
    out.before +=
        script.event("response.output_item.added",
                     ",\"output_index\":" + std::to_string(index) +
                         ",\"item\":{\"type\":\"message\",\"id\":\"msg_" + a.id +
                         "\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}");
    out.before +=
        script.event("response.content_part.added",
                     at + ",\"part\":{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}");
    for (const std::string_view piece : text_pieces(a.text)) {
      out.pieces.push_back(script.event("response.output_text.delta",
                                        at + ",\"delta\":" + quoted(piece) + ",\"logprobs\":[]"));
    }
    out.after = script.event("response.output_text.done",
                             at + ",\"text\":" + quoted(a.text) + ",\"logprobs\":[]");
    out.after +=
        script.event("response.output_item.done", ",\"output_index\":" + std::to_string(index) +
                                                      ",\"item\":" + text_item(a, a.text));
  }
  for (std::size_t i = 0; i < a.tools.size(); ++i) {
    const std::string at = place("fc_" + a.id + std::to_string(i), index);
    const std::string slot = ",\"output_index\":" + std::to_string(index++) + ",\"item\":";
    out.pieces.push_back(script.event("response.output_item.added", slot + call_item(a, i, "")));
    for (const std::string_view piece : text_pieces(a.tools[i].arguments)) {
      out.pieces.push_back(script.event("response.function_call_arguments.delta",
                                        at + ",\"delta\":" + quoted(piece)));
    }
    out.pieces.push_back(script.event("response.function_call_arguments.done",
                                      at + ",\"arguments\":" + quoted(a.tools[i].arguments)));
    out.pieces.push_back(
        script.event("response.output_item.done", slot + call_item(a, i, a.tools[i].arguments)));
  }
  if (a.end_marker) {
    out.after += script.event(a.capped ? "response.incomplete" : "response.completed",
                              ",\"response\":" + object_of(a, true));
  }
  return out;
}

std::string responses_error_event(std::string_view message) {
  return "event: error\ndata: {\"type\":\"error\",\"sequence_number\":99,\"code\":\"server_error\","
         "\"message\":" +
         quoted(message) + ",\"param\":null}\n\n";
}

std::string completions_body(const Answer& a) {
  return completion(a, a.text, a.capped ? "\"length\"" : "\"stop\"", true);
}

Events completions_events(const Answer& a) {
  Events out;
  for (const std::string_view piece : text_pieces(a.text))
    out.pieces.push_back("data: " + completion(a, piece, "null", false) + "\n\n");
  out.after =
      "data: " + completion(a, "", a.capped ? "\"length\"" : "\"stop\"", a.include_usage) + "\n\n";
  if (a.end_marker) out.after += "data: [DONE]\n\n";
  return out;
}

}  // namespace maester::rig
