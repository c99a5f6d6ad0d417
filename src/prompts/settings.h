// The members of a prompt's `config` that the pipeline applies where a request is silent: which
// model is asked and how. Others are kept and left to whoever reads them.
//
//   model, temperature, top_p, frequency_penalty, presence_penalty, reasoning_effort, max_tokens
//   (or max_completion_tokens), top_k, seed, stop, response_format (OpenAI's form)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::prompts {

// "" and absent: not said. Decimals stay as their text.
struct Settings {
  std::string model, reasoning_effort;
  std::string temperature, top_p, frequency_penalty, presence_penalty;
  std::optional<std::int64_t> max_tokens, top_k, seed;
  std::vector<std::string> stop;
  std::string response_format;  // a JSON object of type text, json_object or json_schema
};

// `config` is "" or a JSON object. Code::invalid_request names the member that is not as it must
// be; the schema of a response_format must be one.
Result<Settings> read_settings(std::string_view config);

}  // namespace maester::prompts
