// AWS Signature Version 4 (IAM user guide, "Create a signed AWS API request").
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace maester::gateway::bedrock {

struct SigningScope {
  std::string_view access_key_id, secret_access_key, region, service;
};

struct SignedRequest {
  std::string_view method;
  std::string_view target;  // path and query as they are sent
  // Those that are signed: lower-case names; `host` and `x-amz-date` among them.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;
};

// "20150830T123600Z"
std::string amz_date(WallTime time);

// The canonical form that is hashed: for tests, and to compare with AWS's message about it.
std::string canonical_request(const SignedRequest& request);

// The value of `authorization`.
std::string authorization(const SignedRequest& request, const SigningScope& scope, WallTime time);

}  // namespace maester::gateway::bedrock
