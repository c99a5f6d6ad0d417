#include "gateway/providers/common/error_body.h"
#include "gateway/providers/ollama/adapter.h"
#include "gateway/providers/ollama/ollama.h"

namespace maester::gateway::ollama {

namespace {

class OllamaProvider final : public Provider {
 public:
  Protocol protocol() const override { return Protocol::ollama_chat; }
  Framing framing() const override { return Framing::json_lines; }
  std::string_view semantic_name() const override { return "ollama"; }
  wire::Header credential_header(std::string_view secret) const override {
    return {"authorization", "Bearer " + std::string(secret)};
  }
  Result<ProviderRequest> encode(const ChatRequest& request,
                                 const EncodeOptions& options) const override {
    return encode_request(request, options);
  }
  Result<ChatResponse> decode(std::string_view body) const override {
    return decode_response(body);
  }
  std::unique_ptr<StreamDecoder> stream_decoder() const override { return make_stream_decoder(); }
  ProviderError classify(int status, const wire::Headers& headers,
                         std::string_view body) const override {
    return providers::make_provider_error(status, headers, providers::read_error_body(body));
  }
};

}  // namespace

std::unique_ptr<Provider> make_provider() {
  return std::make_unique<OllamaProvider>();
}

}  // namespace maester::gateway::ollama
