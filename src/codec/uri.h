// References between documents (RFC 3986 §5.2, RFC 6901): for JSON Schema's $id and $ref. Text
// only; nothing is fetched.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "codec/json.h"

namespace maester::uri {

// `reference` against `base`, dots removed: "http://x/a/b#c" for "b#c" against "http://x/a/z".
std::string resolve(std::string_view base, std::string_view reference);
// What stands before and after the first `#`.
std::pair<std::string_view, std::string_view> split_fragment(std::string_view uri);
// "%41" -> "A"; a broken escape stays as it is.
std::string percent_decode(std::string_view text);
// The next token of a JSON pointer ("/a~1b/0" -> "a/b", and "/0" stays). REQUIRES: pointer starts
// with `/`
std::string next_token(std::string_view& pointer);
// One step: a member's or an element's value; absent when there is none.
json::Value step(const json::Value& from, std::string_view token);

}  // namespace maester::uri
