#include <utility>

#include "gateway/providers/common/error_body.h"
#include "gateway/providers/gemini/adapter.h"

namespace maester::gateway::gemini {

namespace {

class GeminiProvider final : public Provider {
 public:
  explicit GeminiProvider(Config config) : config_(std::move(config)) {}
  Protocol protocol() const override { return Protocol::gemini; }
  std::string_view semantic_name() const override {
    return config_.vertex ? "gcp.vertex_ai" : "gcp.gemini";
  }
  wire::Header credential_header(std::string_view secret) const override {
    if (config_.vertex) return {"authorization", "Bearer " + std::string(secret)};
    return {"x-goog-api-key", std::string(secret)};
  }
  Result<ProviderRequest> encode(const ChatRequest& request,
                                 const EncodeOptions& options) const override {
    return encode_request(request, options, config_);
  }
  Result<ChatResponse> decode(std::string_view body) const override {
    return decode_response(body);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override { return make_stream_decoder(); }
  ProviderError classify(int status, const wire::Headers& headers,
                         std::string_view body) const override {
    return providers::make_provider_error(status, headers, providers::read_error_body(body));
  }

 private:
  Config config_;
};

}  // namespace

std::unique_ptr<Provider> make_provider(Config config) {
  return std::make_unique<GeminiProvider>(std::move(config));
}

}  // namespace maester::gateway::gemini
