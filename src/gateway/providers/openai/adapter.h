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
Result<ChatResponse> decode_response(std::string_view body, const Config& config);

// usage.cc: disjoint buckets of a `usage` object; nullopt when it holds no counts. Numbers that
// contradict themselves (cached > prompt, negative) are bounded, and the provenance becomes
// `estimated` to say so.
std::optional<meter::Usage> read_usage(json::Value usage);

// stream.cc
std::unique_ptr<StreamDecoder> make_stream_decoder(const Config& config);

// fields.cc: what whole answers and deltas have in common
FinishReason map_finish(std::string_view reason);
// Gemini's signature of the thought behind a call, which its OpenAI endpoint keeps in
// `extra_content`.
std::string_view thought_signature(json::Value call);
// The blocks of `reasoning_details` (OpenRouter) that the model wants back: signed or encrypted.
void read_details(json::Value message, const std::string& reasoning,
                  std::vector<ThinkingPart>& out);
Citation page(json::Value url);  // of a list of addresses
// Takes <think>...</think> at the beginning of the content out of it.
void split_thinking(Choice& choice);
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

// A citation of chat completions or Responses: {"type":"url_citation", ...}. Their indexes count
// characters of `text`.
std::optional<Citation> read_annotation(json::Value annotation, std::string_view text);

// responses_request.cc, responses_answer.cc, responses_stream.cc
Result<ProviderRequest> encode_responses(const ChatRequest& request, const EncodeOptions& options,
                                         const Config& config);
Result<ChatResponse> decode_responses(std::string_view body);
std::unique_ptr<StreamDecoder> make_responses_decoder();
// What Responses' items and its final object have in common for whole answers and streams.
void read_end(json::Value response, bool calls, Choice& out);
std::optional<meter::Usage> read_responses_usage(json::Value response);
void append_summary(json::Value reasoning_item, std::string& out);

// completions.cc
Result<ProviderRequest> encode_completion(const ChatRequest& request, const EncodeOptions& options,
                                          const Config& config);
Result<ChatResponse> decode_completion(std::string_view body);
std::unique_ptr<StreamDecoder> make_completion_decoder(const Config& config);

// request.cc: changes to a caller's own bytes that two of the APIs share.
void set_stream(json::Edit& edit, json::Value root, bool stream);

// errors.cc
wire::Header credential(const Config& config, std::string_view secret);
ProviderError classify(int status, const wire::Headers& headers, std::string_view body);
ProviderError classify_value(int status, json::Value root);

}  // namespace maester::gateway::openai
