// The parts of the Bedrock adapter, one file each; bedrock.h is what others include.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "gateway/provider.h"

namespace maester::gateway::bedrock {

// request.cc: everything but the messages; messages.cc: `system` and `messages`.
Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options);
Status write_messages(json::Writer& w, const ChatRequest& request);
// A mark of Anthropic's as Bedrock's: {"cachePoint":{"type":"default"}} behind what is cached.
void write_cache_point(json::Writer& w, const std::string& cache_control);

// response.cc
Result<ChatResponse> decode_response(std::string_view body);
FinishReason map_stop(std::string_view reason);
// Of a tool that the server runs itself.
bool is_server_tool(json::Value tool_use);

// usage.cc: nullopt when there are no counts.
std::optional<meter::Usage> read_usage(json::Value usage);

// stream.cc
std::unique_ptr<StreamDecoder> make_stream_decoder();

// errors.cc
ProviderError classify(int status, const wire::Headers& headers, std::string_view body);
// An exception frame: its type says what an answer's status would.
ProviderError classify_exception(std::string_view type, std::string_view payload);

}  // namespace maester::gateway::bedrock
