// Prompts as files (docs/how-to/prompts.md): what `prompts push` reads and `prompts pull` writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

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

// "greet.prompt" -> its text for a plain template without settings, else "greet.toml", or
// "greet.json" for what TOML cannot say (null, numbers past a double): what push_body() reads back,
// from the JSON of GET /v1/prompts/{name}. With its version and message for a copy that is to keep
// them.
struct PulledFile {
  std::string name, text;
};
Result<PulledFile> pulled_file(std::string_view prompt_json, bool with_version = false);

// The text of a file of at most 1 MiB. Errors name the file.
Result<std::string> read_prompt_file(const std::string& path);

// A TOML file's text as JSON. Errors have file, line and column.
Result<std::string> toml_as_json(std::string_view text, const std::string& path);
// A JSON value as TOML, inline; members that are null are left out. `sorted`: by key, as TOML's
// tables come back.
std::string json_as_toml(json::Value value, bool sorted = false);

}  // namespace maester::app
