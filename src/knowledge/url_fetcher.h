// Fetching a document from where it stands (RULES.md §6): https to addresses that the egress rules
// allow, at most three redirects, each checked anew; no credential, no cookie.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core.h"
#include "wire/client.h"

namespace maester::knowledge {

struct Fetched {
  std::string bytes, content_type;
};

class UrlFetcher {
 public:
  // `egress_allow`: "host:port" that may be asked by http or at a port of their own.
  UrlFetcher(wire::Transport& transport, runtime::CorePool& cores, const Clock& clock,
             std::vector<std::string> egress_allow)
      : transport_(transport),
        cores_(cores),
        clock_(clock),
        egress_allow_(std::move(egress_allow)) {}

  // Blocking, not on a core. A reason as `param`: "url", "status", "redirects", "address",
  // "too_large". Permanent codes for what another try cannot cure.
  Result<Fetched> fetch(std::string_view url) const;

 private:
  runtime::Task<Result<Fetched>> follow(std::string url) const;
  wire::Transport& transport_;
  runtime::CorePool& cores_;
  const Clock& clock_;
  std::vector<std::string> egress_allow_;
};

}  // namespace maester::knowledge
