#include <utility>

#include "gateway/providers/bedrock/bedrock.h"
#include "gateway/providers/bedrock/sigv4.h"
#include "wire/client.h"

namespace maester::gateway::bedrock {

namespace {

class Signer final : public RequestSigner {
 public:
  explicit Signer(SignerConfig config) : config_(std::move(config)) {}

  void sign(wire::ClientRequest& request, const wire::Origin& origin, WallTime now) const override {
    const std::string date = amz_date(now);
    SignedRequest what;
    what.method = request.method;
    what.target = request.path;
    what.body = request.body;
    what.headers = {{"host", origin.authority()}, {"x-amz-date", date}};
    request.headers.add("x-amz-date", date);
    if (!config_.session_token.empty()) {
      const std::string token(config_.session_token.reveal());
      what.headers.emplace_back("x-amz-security-token", token);
      request.headers.add("x-amz-security-token", token);
    }
    request.headers.add("authorization",
                        authorization(what,
                                      {config_.access_key_id, config_.secret_access_key.reveal(),
                                       config_.region, config_.service},
                                      now));
  }

 private:
  SignerConfig config_;
};

}  // namespace

std::shared_ptr<const RequestSigner> make_signer(SignerConfig config) {
  return std::make_shared<const Signer>(std::move(config));
}

}  // namespace maester::gateway::bedrock
