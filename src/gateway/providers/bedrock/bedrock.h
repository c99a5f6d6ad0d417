// The adapters for Amazon Bedrock's Converse and ConverseStream and for embeddings by InvokeModel,
// and the signature that its requests carry. What it does with each oddity:
// docs/reference/traps.md.
#pragma once

#include <memory>
#include <string>

#include "access/secret.h"
#include "gateway/provider.h"

namespace maester::gateway::bedrock {

std::unique_ptr<Provider> make_provider();
std::unique_ptr<EmbeddingAdapter> make_embeddings();

struct SignerConfig {
  std::string access_key_id;
  access::Secret secret_access_key, session_token;  // the last may be empty
  std::string region;                               // "us-east-1"
  std::string service = "bedrock";
};
std::shared_ptr<const RequestSigner> make_signer(SignerConfig config);

}  // namespace maester::gateway::bedrock
