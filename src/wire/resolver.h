// Names to addresses: getaddrinfo() on a small pool of threads, remembered per core for a while.
// Belongs to one core.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "runtime/core.h"
#include "runtime/task.h"
#include "runtime/worker_pool.h"
#include "wire/ip_address.h"

namespace maester::wire {

using ResolveFunction = std::function<Result<std::vector<std::string>>(const std::string& host)>;

// Numeric addresses of a name from the system. Blocks. Code::no_target when there are none.
Result<std::vector<std::string>> resolve_by_system(const std::string& host);

class Resolver {
 public:
  // `workers` and `resolve` outlive it.
  Resolver(runtime::Core& core, runtime::WorkerPool& workers, const ResolveFunction& resolve,
           milliseconds ttl)
      : core_(core), workers_(workers), resolve_(resolve), ttl_(ttl) {}

  // Suspends unless the answer is known; callers of one name share a look-up. A numeric host is its
  // own answer. Errors: no_target, overloaded, deadline_exceeded, cancelled.
  runtime::Task<Result<std::vector<IpAddress>>> resolve(std::string host, runtime::Wait wait);

 private:
  struct Lookup;
  std::shared_ptr<Lookup> find_or_start(const std::string& host);

  runtime::Core& core_;
  runtime::WorkerPool& workers_;
  const ResolveFunction& resolve_;
  milliseconds ttl_;
  std::unordered_map<std::string, std::shared_ptr<Lookup>> cache_;
};

}  // namespace maester::wire
