// Prompts as files (docs/how-to/prompts.md): what `prompts push` reads and `prompts pull` writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::app {

// What the command line says over what the file says.
struct PushOverrides {
  std::string version, message;
  std::vector<std::string> labels;
};

// The body of POST /v1/prompts for a file's text. By the ending of `path`: .json; .toml; .txt and
// .prompt, whose text is the template, after an optional front matter of TOML between two lines
// `+++`. The name is the file's, without directory and ending, where the file gives none. The last
// line end of a .txt or .prompt file is not part of the template. Fails with Code::invalid_request,
// the message naming the file.
Result<std::string> push_body(const std::string& path, std::string_view text,
                              const PushOverrides& overrides);

// "greet.prompt" -> its text for a plain template without settings, else "greet.toml": what
// push_body() reads back, from the JSON of GET /v1/prompts/{name}.
struct PulledFile {
  std::string name, text;
};
Result<PulledFile> pulled_file(std::string_view prompt_json);

}  // namespace maester::app
