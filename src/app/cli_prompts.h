// How the prompt commands name prompts. Private to the command line's files.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace maester::app {

class CliSession;

struct PromptReference {
  std::string name, version, label;
};

// "greet", "greet@v2" or "greet:production".
PromptReference parse_reference(const std::string& text);

// "/v1/prompts/greet" + below + "?version=v2".
std::string prompt_path(const PromptReference& reference, std::string_view below);

void add_prompt_file_commands(CLI::App& group, CliSession& session);
void add_prompt_label_commands(CLI::App& group, CliSession& session);
void add_prompt_draft_commands(CLI::App& group, CliSession& session);

}  // namespace maester::app
