// Answers that were asked for as JSON of a schema (response_format): judged, repaired where that is
// safe, and asked for once more where not. What is done: Config::structured_output.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json_schema.h"
#include "codec/json_writer.h"
#include "gateway/config.h"

namespace maester::gateway {

struct Call;

// What became of it, for the receipt.
struct Structured {
  JsonSchema schema;
  StructuredOutput rules;
  bool judged = false;  // an answer that was cut off, refused or is a call is not
  bool valid = false;
  bool repaired = false, retried = false;
  std::string error;  // the first fault of the newest answer, "" when valid
};

// Sets call.structured when an answer is to be judged. A schema that does not compile is left to
// the provider. Says whether a stream must be held back for it.
bool prepare_structured(Call& call);

// Judges the last attempt's answer; replaces its text by the JSON in it when that alone is wrong
// and nothing of it was sent.
void judge_structured(Call& call);

// True when the answer is to be asked for once more: the request says why, if it can be written
// anew. REQUIRES: an attempt is left.
bool ask_again_structured(Call& call);
// Code::unprocessable when the answer must not go out.
Status refuse_unstructured(const Call& call);

// The one JSON object or array in a text, without what stands around it (words, a Markdown fence);
// nullopt when there is none, or more than one.
std::optional<std::string_view> json_inside(std::string_view text);

void write_structured(json::Writer& w, const Call& call);

}  // namespace maester::gateway
