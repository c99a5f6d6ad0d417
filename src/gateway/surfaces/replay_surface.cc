#include "gateway/surfaces/replay_surface.h"

#include "gateway/pipeline/call.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {
namespace {

// The prompt's own messages make way for those of another version.
Status use_other_version(Call& call, json::Value request, std::string_view version) {
  const std::string_view name = request.get("prompt_name").string_or("");
  if (name.empty()) {
    return fail(
        Code::invalid_request,
        "The captured request used no prompt of the registry: `prompt_version` means nothing here.",
        "prompt_version");
  }
  call.options.prompt_name = std::string(name);
  call.options.prompt_version = std::string(version);
  if (const json::Value variables = request.get("variables"); variables.is_object()) {
    call.options.variables_json = std::string(variables.raw());
  }
  call.chat.messages.clear();
  return {};
}

}  // namespace

Status ReplaySurface::read(Call& call) const {
  call.body = std::string(captured_.replay.get("body").raw());
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  TRY_ASSIGN(ParsedChat parsed, parse_openai_chat(*call.document));
  call.chat = std::move(parsed.request);
  // The kept bytes go out again as they were, unless they asked for a stream: a replay is compared
  // whole.
  call.pass_through = !call.chat.stream && captured_.prompt_version.empty();
  call.chat.stream = false;
  call.chat.include_usage = false;
  if (!captured_.model.empty()) call.chat.model = std::string(captured_.model);
  if (const json::Value checks = captured_.replay.get("checks"); checks.is_array()) {
    TRY_ASSIGN(call.options.checks, checks::compile(checks));
    call.options.checks_json = std::string(checks.raw());
  }
  if (!captured_.prompt_version.empty())
    TRY(use_other_version(call, captured_.request, captured_.prompt_version));
  return {};
}

}  // namespace maester::gateway
