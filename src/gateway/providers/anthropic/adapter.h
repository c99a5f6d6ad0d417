// The parts of the Anthropic adapter, one file each; anthropic.h is what others include.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "gateway/provider.h"

namespace maester::gateway::anthropic {

// request.cc: the body without its messages; messages.cc: `system` and `messages`.
Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options);
Status write_messages(json::Writer& w, const ChatRequest& request, const EncodeOptions& options);
// refuse.cc: Code::invalid_request for the first thing that the Messages API cannot say.
Status refuse_inexpressible(const ChatRequest& request);

// response.cc
Result<ChatResponse> decode_response(std::string_view body);
FinishReason map_stop(std::string_view reason);
// Without its place in the answer, which is that of its block.
Citation read_citation(json::Value citation);

// usage.cc: counts as they arrive, in one piece or spread over a stream's events; a later count
// replaces an earlier one.
class UsageReader {
 public:
  void read(json::Value usage);
  // Disjoint buckets; nullopt before any count was seen. Negative and impossible numbers are
  // bounded, and the provenance becomes `estimated` to say so; so it does when the provider ran
  // another model whose tokens are not ours to price.
  std::optional<meter::Usage> usage() const;
  const std::string& service_tier() const { return service_tier_; }

 private:
  void read_iterations(json::Value iterations);
  std::int64_t input_ = 0, cache_read_ = 0, cache_creation_ = 0, write_5m_ = 0, write_1h_ = 0;
  std::int64_t output_ = 0, thinking_ = 0, searches_ = 0;
  // Compaction runs of the same model, which the provider bills but leaves out of its totals.
  std::int64_t extra_input_ = 0, extra_cache_read_ = 0, extra_cache_write_ = 0, extra_output_ = 0;
  bool seen_ = false, foreign_ = false;
  std::string service_tier_;
};

// stream.cc
std::unique_ptr<StreamDecoder> make_stream_decoder();

// errors.cc
ProviderError classify(int status, const wire::Headers& headers, std::string_view body);
ProviderError classify_value(int status, json::Value root);

}  // namespace maester::gateway::anthropic
