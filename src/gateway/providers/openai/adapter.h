// The parts of the OpenAI adapter, one file each; openai.h is what others include.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "gateway/provider.h"
#include "gateway/providers/openai/openai.h"

namespace maester::gateway::openai {

// request.cc
Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options,
                                       const Config& config);
// write.cc: a body from the normal form; Code::invalid_request for what this protocol cannot say.
Result<std::string> write_request(const ChatRequest& request, const EncodeOptions& options,
                                  const Config& config);
// The field in which this model takes its output limit.
std::string_view limit_field(std::string_view model, const Config& config);

// response.cc
Result<ChatResponse> decode_response(std::string_view body);

// usage.cc: disjoint buckets of a `usage` object; nullopt when it holds no counts. Numbers that
// contradict themselves (cached > prompt, negative) are bounded, and the provenance becomes
// `estimated` to say so.
std::optional<meter::Usage> read_usage(json::Value usage);

// stream.cc
std::unique_ptr<StreamDecoder> make_stream_decoder(const Config& config);

// fields.cc: what whole answers and deltas have in common
FinishReason map_finish(std::string_view reason);
// The reasoning text of a message or delta, whichever of its three names is used: appended to
// `out`. A view when one string holds it, so that a stream copies nothing.
std::string_view reasoning_text(json::Value message, std::string& scratch);
// `content` as a string or as Mistral's array of parts; text and thinking apart.
struct Content {
  std::string_view text, reasoning;
};
Content content_text(json::Value content, std::string& text_scratch, std::string& thinking_scratch);
// A call's arguments: the string itself, an object's JSON, "" for null and absent.
std::string_view arguments_text(json::Value arguments);

// errors.cc
ProviderError classify(int status, const wire::Headers& headers, std::string_view body);
ProviderError classify_value(int status, json::Value root);

}  // namespace maester::gateway::openai
