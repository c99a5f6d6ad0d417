#include <utility>

#include "gateway/providers/cohere/adapter.h"
#include "gateway/providers/common/error_body.h"

namespace maester::gateway::cohere {

namespace {

class CohereProvider final : public Provider {
 public:
  explicit CohereProvider(Config config) : config_(std::move(config)) {}
  Protocol protocol() const override { return Protocol::cohere_chat; }
  std::string_view semantic_name() const override { return "cohere"; }
  wire::Header credential_header(std::string_view secret) const override {
    return {"authorization", "Bearer " + std::string(secret)};
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
  return std::make_unique<CohereProvider>(std::move(config));
}

}  // namespace maester::gateway::cohere
