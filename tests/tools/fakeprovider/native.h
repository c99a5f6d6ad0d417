// The protocols of Gemini, Bedrock, Cohere and Ollama as the fake provider speaks them: the same
// functions as words.h has for OpenAI's and Anthropic's, which call these. Written from the
// providers' documentation, apart from the adapters in src/gateway/providers.
#pragma once

#include <string>
#include <string_view>

#include "fakeprovider/words.h"

namespace maester::rig {

bool is_native(Api api);

std::string native_body(const Answer& answer);
Events native_events(const Answer& answer);
std::string native_text_event(Api api, std::string_view text);
std::string native_error_body(Api api, int status, std::string_view message);
std::string native_error_event(Api api, std::string_view message);
// An event that is broken JSON, in the protocol's framing.
std::string garbage_event(Api api);
// Of the whole answer's stream.
std::string_view stream_content_type(Api api);
// The header that names the kind of an error, "" when the protocol has none; a whole line.
std::string error_header(Api api, int status);

// Bedrock's frame: total size, size of the headers, CRC-32 of both, headers, payload, CRC-32.
std::string aws_frame(std::string_view kind, std::string_view type, std::string_view payload);

}  // namespace maester::rig
