#include "gateway/providers/bedrock/adapter.h"
#include "gateway/providers/bedrock/bedrock.h"

namespace maester::gateway::bedrock {

namespace {

class BedrockProvider final : public Provider {
 public:
  Protocol protocol() const override { return Protocol::bedrock_converse; }
  Framing framing() const override { return Framing::aws_event_stream; }
  std::string_view semantic_name() const override { return "aws.bedrock"; }
  // Of a Bedrock API key; with AWS keys each request is signed instead.
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
    return bedrock::classify(status, headers, body);
  }
};

}  // namespace

std::unique_ptr<Provider> make_provider() {
  return std::make_unique<BedrockProvider>();
}

}  // namespace maester::gateway::bedrock
