// The one place that opens connections: resolves, checks every address, connects to exactly the
// address it checked, and does TLS with the name it was asked for. Belongs to one core.
#pragma once

#include <memory>

#include "base/result.h"
#include "runtime/core.h"
#include "runtime/task.h"
#include "wire/egress.h"
#include "wire/resolver.h"
#include "wire/socket.h"
#include "wire/tls.h"
#include "wire/url.h"

namespace maester::wire {

class Dialer {
 public:
  // All outlive it. `tls` null: https fails.
  Dialer(runtime::Core& core, Resolver& resolver, const EgressRules& rules, SSL_CTX* tls)
      : core_(core), resolver_(resolver), rules_(rules), tls_(tls) {}

  // Suspends. Errors as Transport::send() has them; deadline_exceeded has the param "connect".
  runtime::Task<Result<std::unique_ptr<Socket>>> dial(Origin origin, runtime::Wait wait);

 private:
  runtime::Task<Result<std::unique_ptr<Socket>>> connect(IpAddress address, std::uint16_t port,
                                                         runtime::Wait wait);
  runtime::Core& core_;
  Resolver& resolver_;
  const EgressRules& rules_;
  SSL_CTX* tls_;
};

}  // namespace maester::wire
