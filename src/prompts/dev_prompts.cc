#include "prompts/dev_prompts.h"

#include <array>
#include <string_view>
#include <utility>

namespace maester::prompts {
namespace {

struct DevPrompt {
  std::string_view version, text;
};

constexpr std::array<DevPrompt, 2> kSystemSummary = {{
    {"v1",
     "You are a production AI assistant.\n"
     "Summarize the following system event clearly:\n"
     "\n"
     "{event_text}"},
    {"v2",
     "You are a production AI assistant focused on reliability.\n"
     "Summarize the following system event.\n"
     "Be concise, mention operational impact, and keep the tone factual.\n"
     "\n"
     "{event_text}"},
}};

}  // namespace

Status install_dev_prompts(Registry& registry) {
  for (const DevPrompt& prompt : kSystemSummary) {
    NewVersion version;
    version.name = "system_summary";
    version.version = prompt.version;
    version.template_text = prompt.text;
    version.message = "Installed by --dev";
    TRY(registry.push("default", std::move(version)));
  }
  return {};
}

}  // namespace maester::prompts
