#include "gateway/pipeline/guard_tools.h"

#include <algorithm>

namespace maester::gateway {
namespace {

using ToolUse = GuardState::ToolUse;

// The name of a declaration, however the protocol writes it.
std::string_view declared_name(json::Value tool) {
  const json::Value function = tool.get("function");
  return (function.exists() ? function : tool).get("name").string_or("");
}

// Leaves the stripped tools out of the caller's own bytes.
void strip_body(Call& call) {
  if (!call.pass_through || !call.document) return;
  const json::Value tools = call.document->root().get("tools");
  if (!tools.is_array()) {
    call.pass_through = false;
    return;
  }
  std::string kept = "[";
  for (const json::Value tool : tools) {
    const std::string_view name = declared_name(tool);
    const bool stripped = std::ranges::any_of(
        call.guarded->tools, [&](const ToolUse& use) { return use.stripped && use.name == name; });
    if (stripped) continue;
    if (kept.size() > 1) kept += ',';
    kept += tool.raw();
  }
  json::Edit edit(*call.document);
  if (kept.size() == 1) {
    // Providers refuse an empty list, and a choice without tools.
    edit.remove_member(tools);
    for (const char* name : {"tool_choice", "parallel_tool_calls"})
      edit.remove_member(call.document->root().get(name));
  } else {
    edit.replace(tools, kept + "]");
  }
  call.body = edit.apply();
  if (auto document = json::Document::parse(call.body)) call.document = std::move(*document);
}

ToolUse& use_of(GuardState& state, std::string_view name) {
  const auto found = std::ranges::find(state.tools, name, &ToolUse::name);
  if (found != state.tools.end()) return *found;
  state.tools.emplace_back().name = std::string(name);
  return state.tools.back();
}

std::optional<JsonSchema> schema_of(const guard::GovernedTool* governed, const Tool& tool) {
  if (governed != nullptr && governed->schema) return governed->schema;
  if (tool.parameters.empty()) return std::nullopt;
  // A schema that cannot be read is the provider's to refuse.
  auto schema = JsonSchema::compile(tool.parameters);
  return schema ? std::optional(std::move(*schema)) : std::nullopt;
}

// "" when the arguments fit.
std::string misfit(const ToolUse& use, std::string_view arguments) {
  const auto document = json::Document::parse(arguments.empty() ? "{}" : arguments);
  if (!document) return "its arguments are no JSON: " + document.error().message;
  if (!use.schema) return {};
  const ValidationResult result = use.schema->validate(document->root());
  return result.valid ? std::string() : "its arguments: " + result.failures.front().to_string();
}

}  // namespace

Status govern_declared(Call& call, const guard::ToolBook& book) {
  GuardState& state = *call.guarded;
  state.tools_governed = true;
  bool stripped = false;
  for (std::size_t i = 0; i < call.chat.tools.size(); ++i) {
    const Tool& tool = call.chat.tools[i];
    const guard::GovernedTool* governed = book.find(call.principal.tenant, tool.name);
    ToolUse& use = use_of(state, tool.name);
    use.governed = governed;
    use.declared = true;
    if (governed != nullptr) use.version = governed->config.version;
    const guard::Permit permit = book.permit(governed, call.principal);
    if (permit == guard::Permit::allowed) {
      use.schema = schema_of(governed, tool);
      continue;
    }
    const bool chosen = call.chat.tool_choice && call.chat.tool_choice->name == tool.name;
    if (!book.rules().strip || chosen) {
      return fail(Code::forbidden,
                  "Tool `" + tool.name + "` " + std::string(to_string(permit)) +
                      ": leave it out, or ask an administrator.",
                  "tools[" + std::to_string(i) + "]");
    }
    use.stripped = stripped = true;
  }
  if (!stripped) return {};
  strip_body(call);
  std::erase_if(call.chat.tools,
                [&](const Tool& tool) { return use_of(state, tool.name).stripped; });
  if (call.chat.tools.empty()) {
    call.chat.tool_choice.reset();
    call.chat.parallel_tool_calls.reset();
  }
  return {};
}

CallVerdict judge_call(Call& call, ToolCall& tool_call, std::string& why) {
  const guard::ToolBook& book = call.snapshot->rulebook().tools();
  ToolUse& use = use_of(*call.guarded, tool_call.name);
  ++use.calls;
  if (!use.declared || use.stripped) {
    ++use.invalid;
    why = "it was not declared by the request";
    return CallVerdict::faulty;
  }
  const guard::Permit permit = book.permit(use.governed, call.principal);
  if (permit != guard::Permit::allowed) {
    ++use.invalid;
    why = "it " + std::string(to_string(permit));
    return CallVerdict::faulty;
  }
  why = misfit(use, tool_call.arguments);
  if (why.empty()) return CallVerdict::good;
  ++use.invalid;
  if (book.rules().on_invalid == guard::ToolFault::repair) {
    const auto closed = guard::close_json(tool_call.arguments);
    if (closed && misfit(use, *closed).empty()) {
      tool_call.arguments = *closed;
      call.guarded->repaired = true;
      return CallVerdict::repaired;
    }
  }
  return CallVerdict::faulty;
}

Error tool_refusal(const ToolCall& tool_call, const std::string& why) {
  return make_error(
      Code::unprocessable,
      "The answer was withheld: it calls tool `" + tool_call.name + "`, but " + why + ".", "tools");
}

}  // namespace maester::gateway
