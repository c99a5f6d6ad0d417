// OpenAI's and Anthropic's protocols as the fake provider speaks them, and the way to the others
// (native.h): bodies, stream events and errors as bytes.
// Written from the providers' documentation, apart from the adapters in src/gateway/providers, so
// that neither can excuse the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fakeprovider/asked.h"

namespace maester::rig {

struct ToolCall {
  std::string id, name, arguments;  // arguments: JSON text
};

// An answer before it is put into a protocol.
struct Answer {
  Api api = Api::openai_chat;
  std::string id, model, text, reasoning;
  std::vector<ToolCall> tools;
  std::int64_t input_tokens = 0, output_tokens = 0;
  bool capped = false;         // max_tokens cut the text short
  bool usage = true;           // false: leave it out everywhere
  bool include_usage = false;  // OpenAI: usage chunk at the end of a stream
  bool end_marker = true;      // false: no [DONE], no message_stop
};

// The whole answer as one JSON body.
std::string body_of(const Answer& answer);

// Stream events, each ready with its blank line. The pieces are what may be delayed, counted and
// broken off.
struct Events {
  std::string before;
  std::vector<std::string> pieces;
  std::string after;
};
Events events_of(const Answer& answer);

// One piece of text as an event of a stream.
std::string text_event(Api api, std::string_view id, std::string_view model, std::string_view text);

// "[id=c12 n=3 t=123456789 c=0a1b2c3d]": the numbered and stamped text of a `stream:` chunk. `t` is
// CLOCK_MONOTONIC in nanoseconds, `c` the FNV-1a (32 bit) of what stands before " c=". loadgen
// checks and measures it.
std::string stamped_text(std::string_view stream_id, std::uint32_t index, std::uint64_t now_ns,
                         std::size_t pad);

// An error body with the type and code that the protocol uses for this status.
std::string error_body(Api api, int status, std::string_view message);
// The same in the middle of a stream.
std::string error_event(Api api, std::string_view message);

std::string count_body(const Answer& answer);  // Anthropic's count of tokens
std::string embeddings_body(const Asked& asked);
std::string models_body();

}  // namespace maester::rig
