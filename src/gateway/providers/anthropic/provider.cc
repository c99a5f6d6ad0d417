#include <utility>

#include "gateway/providers/anthropic/adapter.h"
#include "gateway/providers/anthropic/anthropic.h"

namespace maester::gateway::anthropic {

namespace {

class AnthropicProvider final : public Provider {
 public:
  explicit AnthropicProvider(Config config) : config_(std::move(config)) {}
  Protocol protocol() const override { return Protocol::anthropic_messages; }
  std::string_view semantic_name() const override { return "anthropic"; }
  wire::Header credential_header(std::string_view secret) const override {
    return {"x-api-key", std::string(secret)};
  }
  Result<ProviderRequest> encode(const ChatRequest& request,
                                 const EncodeOptions& options) const override {
    TRY_ASSIGN(ProviderRequest out, encode_request(request, options));
    out.path = config_.path;
    return out;
  }
  Result<ChatResponse> decode(std::string_view body) const override {
    return decode_response(body);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override { return make_stream_decoder(); }
  ProviderError classify(int status, const wire::Headers& headers,
                         std::string_view body) const override {
    return anthropic::classify(status, headers, body);
  }

 private:
  Config config_;
};

}  // namespace

std::unique_ptr<Provider> make_provider(Config config) {
  return std::make_unique<AnthropicProvider>(std::move(config));
}

}  // namespace maester::gateway::anthropic
