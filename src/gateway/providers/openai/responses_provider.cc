#include <utility>

#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

class ResponsesProvider final : public Provider {
 public:
  explicit ResponsesProvider(Config config) : config_(std::move(config)) {}
  Protocol protocol() const override { return Protocol::openai_responses; }
  std::string_view semantic_name() const override { return config_.semantic_name; }
  wire::Header credential_header(std::string_view secret) const override {
    return credential(config_, secret);
  }
  Result<ProviderRequest> encode(const ChatRequest& request,
                                 const EncodeOptions& options) const override {
    return encode_responses(request, options, config_);
  }
  Result<ChatResponse> decode(std::string_view body) const override {
    return decode_responses(body);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override {
    return make_responses_decoder();
  }
  ProviderError classify(int status, const wire::Headers& headers,
                         std::string_view body) const override {
    return openai::classify(status, headers, body);
  }

 private:
  Config config_;
};

class CompletionsProvider final : public Provider {
 public:
  explicit CompletionsProvider(Config config) : config_(std::move(config)) {}
  Protocol protocol() const override { return Protocol::openai_completions; }
  std::string_view semantic_name() const override { return config_.semantic_name; }
  wire::Header credential_header(std::string_view secret) const override {
    return credential(config_, secret);
  }
  Result<ProviderRequest> encode(const ChatRequest& request,
                                 const EncodeOptions& options) const override {
    return encode_completion(request, options, config_);
  }
  Result<ChatResponse> decode(std::string_view body) const override {
    return decode_completion(body);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override {
    return make_completion_decoder(config_);
  }
  ProviderError classify(int status, const wire::Headers& headers,
                         std::string_view body) const override {
    return openai::classify(status, headers, body);
  }

 private:
  Config config_;
};

}  // namespace

std::unique_ptr<Provider> make_responses_provider(Config config) {
  return std::make_unique<ResponsesProvider>(std::move(config));
}

std::unique_ptr<Provider> make_completions_provider(Config config) {
  return std::make_unique<CompletionsProvider>(std::move(config));
}

}  // namespace maester::gateway::openai
