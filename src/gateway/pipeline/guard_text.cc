#include "gateway/pipeline/guard_text.h"

#include <algorithm>
#include <map>

namespace maester::gateway {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

void judge_text(guard::Judge& judge, std::string& text, std::string_view role, bool spans_done,
                Replaced& replaced) {
  if (text.empty()) return;
  std::string before = text;
  if (judge.text(text, role, spans_done)) replaced.emplace_back(std::move(before), text);
}

void judge_json(guard::Judge& judge, std::string& text, std::string_view role, Replaced& replaced) {
  if (text.empty()) return;
  std::string before = text;
  if (judge.json(text, role, &replaced)) replaced.emplace_back(std::move(before), text);
}

void judge_part(guard::Judge& judge, Part& part, std::string_view role, Replaced& replaced) {
  std::visit(
      Overload{[&](TextPart& p) { judge_text(judge, p.text, role, false, replaced); },
               [&](RefusalPart& p) { judge_text(judge, p.text, role, false, replaced); },
               [&](ToolCall& p) { judge_json(judge, p.arguments, role, replaced); },
               [&](DocumentPart& p) {
                 judge_text(judge, p.text, role, false, replaced);
                 judge_text(judge, p.title, role, false, replaced);
                 judge_text(judge, p.context, role, false, replaced);
                 if (p.text.empty()) judge.unscannable("document", role);
               },
               [&](ImagePart&) { judge.unscannable("image", role); },
               [&](AudioPart&) { judge.unscannable("audio", role); },
               [&](OpaquePart& p) { judge.unscannable(p.type, role); }, [&](ThinkingPart&) {}},
      part);
}

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::system:
      return "system";
    case Role::developer:
      return "developer";
    case Role::user:
      return "user";
    case Role::assistant:
      return "assistant";
    case Role::tool:
      return "tool";
  }
  return "user";
}

void judge_messages(guard::Judge& judge, std::vector<Message>& messages, Replaced& replaced) {
  for (Message& message : messages) {
    for (Part& part : message.parts) judge_part(judge, part, role_name(message.role), replaced);
  }
}

void judge_inputs(guard::Judge& judge, EmbeddingRequest& embedding, RerankRequest& rerank,
                  Replaced& replaced) {
  for (EmbeddingInput& input : embedding.inputs) {
    if (auto* text = std::get_if<std::string>(&input)) {
      judge_text(judge, *text, "user", false, replaced);
    } else {
      judge.unscannable("tokens", "user");
    }
  }
  judge_text(judge, rerank.query, "user", false, replaced);
  for (std::string& text : rerank.documents) judge_text(judge, text, "user", false, replaced);
}

bool judge_answer(guard::Judge& judge, ChatResponse& response, bool spans_done,
                  Replaced& replaced) {
  const std::size_t before = replaced.size();
  for (Choice& choice : response.choices) {
    judge.schema(choice.content);
    judge_text(judge, choice.content, "", spans_done, replaced);
    const std::size_t thought = replaced.size();
    judge_text(judge, choice.reasoning, "", spans_done, replaced);
    // What was signed is not what is sent.
    if (replaced.size() > thought) choice.thinking.clear();
    judge_text(judge, choice.refusal, "", spans_done, replaced);
    for (ToolCall& call : choice.tool_calls) {
      if (!spans_done) judge_json(judge, call.arguments, "", replaced);
    }
    for (Citation& citation : choice.citations) {
      const std::size_t quoted = replaced.size();
      judge_text(judge, citation.quote, "", spans_done, replaced);
      if (replaced.size() > quoted) citation.json.clear();
    }
  }
  return replaced.size() > before;
}

std::optional<std::string> redact_json(const json::Document& document, const Replaced& replaced) {
  std::map<std::string_view, std::pair<const std::string*, bool>> wanted;
  for (const auto& [from, to] : replaced) wanted.try_emplace(from, &to, false);
  json::Edit edit(document);
  const auto visit = [&](const auto& self, json::Value value) -> void {
    if (value.is_object() || value.is_array()) {
      for (const json::Value member : value) self(self, member);
      return;
    }
    if (!value.is_string() && !value.is_number()) return;
    const auto found = wanted.find(value.is_string() ? value.string_or("") : value.raw());
    if (found == wanted.end()) return;
    found->second.second = true;
    edit.replace(value, json::quote(*found->second.first));
  };
  visit(visit, document.root());
  // An inner text of a text that was found whole need not stand there by itself.
  for (const auto& [from, state] : wanted) {
    if (state.second) continue;
    const bool inside = std::ranges::any_of(wanted, [&](const auto& other) {
      return other.second.second && other.first.size() > from.size() &&
             other.first.find(json::quote(from).substr(1, from.size())) != std::string_view::npos;
    });
    if (!inside) return std::nullopt;
  }
  return edit.apply();
}

Error policy_refusal(const guard::Policy& policy, const guard::Judge& judge, bool input) {
  std::string message =
      input ? "The request was refused: rule `" : "The answer was withheld: rule `";
  message += judge.blocker()->config.name + "` of policy `" + policy.name() + "` found " +
             judge.blocked_kind() + ".";
  if (input) message += " Take it out and send the request again.";
  return make_error(Code::unprocessable, std::move(message), input ? "messages" : "policy");
}

}  // namespace maester::gateway
