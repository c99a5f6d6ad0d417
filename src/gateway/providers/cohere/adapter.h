// The parts of the Cohere chat adapter, one file each; cohere.h is what others include.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "gateway/provider.h"
#include "gateway/providers/cohere/cohere.h"

namespace maester::gateway::cohere {

// request.cc
Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options,
                                       const Config& config);

// response.cc
Result<ChatResponse> decode_response(std::string_view body);
FinishReason map_finish(std::string_view reason);
// Cohere bills other numbers than its tokens: those count. nullopt when it told neither.
std::optional<meter::Usage> read_usage(json::Value usage);
// A citation of `text`, whose indexes count characters; one of the plan has no place in it.
Citation read_citation(json::Value citation, std::string_view text);

// stream.cc
std::unique_ptr<StreamDecoder> make_stream_decoder();

}  // namespace maester::gateway::cohere
