// What a limit says: how fast, and how many at once, those whom its scope covers may ask. A
// definition; what was used is the limiter's (limiter.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "meter/gcra.h"
#include "meter/scope.h"

namespace maester::meter {

struct Limit {
  std::string id;
  std::string owner;  // the tenant that made it and may change it
  Scope scope;
  std::optional<std::int64_t> requests_per_minute, tokens_per_minute, concurrency;
  std::optional<std::int64_t> burst;  // of requests; absent = requests_per_minute
  WallTime created_at{};

  // REQUIRES: the limit has that rate. Tokens have a burst of a minute's worth.
  Rate requests() const { return {*requests_per_minute, burst.value_or(*requests_per_minute)}; }
  Rate tokens() const { return {*tokens_per_minute, *tokens_per_minute}; }
};

// Code::invalid_request, naming the field, when a limit cannot be as it is.
Status check(const Limit& limit);

}  // namespace maester::meter
