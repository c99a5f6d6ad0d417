// The parts of the Ollama adapter, one file each; ollama.h is what others include.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "codec/json.h"
#include "gateway/provider.h"

namespace maester::gateway::ollama {

// request.cc
Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options);

// response.cc
Result<ChatResponse> decode_response(std::string_view body);
FinishReason map_done(std::string_view reason, bool calls);
std::int64_t created_at(json::Value root);  // seconds since the epoch, 0 when it is no date
// nullopt when the last line has no counts. A prompt that was in the server's cache is not counted
// there: the provenance says so.
std::optional<meter::Usage> read_usage(json::Value root);

// stream.cc
std::unique_ptr<StreamDecoder> make_stream_decoder();

}  // namespace maester::gateway::ollama
