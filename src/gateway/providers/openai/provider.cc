#include <utility>

#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

class OpenAiProvider final : public Provider {
 public:
  explicit OpenAiProvider(Config config) : config_(std::move(config)) {}
  Protocol protocol() const override { return Protocol::openai_chat; }
  bool verbatim() const override { return !config_.mistral && !config_.think_tags; }
  std::string_view semantic_name() const override { return config_.semantic_name; }
  wire::Header credential_header(std::string_view secret) const override {
    return credential(config_, secret);
  }
  Result<ProviderRequest> encode(const ChatRequest& request,
                                 const EncodeOptions& options) const override {
    return encode_request(request, options, config_);
  }
  Result<ChatResponse> decode(std::string_view body) const override {
    return decode_response(body, config_);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override {
    return make_stream_decoder(config_);
  }
  ProviderError classify(int status, const wire::Headers& headers,
                         std::string_view body) const override {
    return openai::classify(status, headers, body);
  }

 private:
  Config config_;
};

}  // namespace

std::unique_ptr<Provider> make_provider(Config config) {
  return std::make_unique<OpenAiProvider>(std::move(config));
}

}  // namespace maester::gateway::openai
