#include "meter/limit.h"

namespace maester::meter {
namespace {

constexpr std::int64_t kMost = 1'000'000'000;  // an interval of 60 ns
constexpr std::int64_t kMostTokens = 1'000'000'000'000;

Status check(std::string_view name, std::optional<std::int64_t> value, std::int64_t most = kMost) {
  if (!value || (*value >= 1 && *value <= most)) return {};
  return fail(
      Code::invalid_request,
      "`" + std::string(name) + "` must be a whole number from 1 to " + std::to_string(most) + ".",
      std::string(name));
}

}  // namespace

Status check(const Limit& limit) {
  TRY(check("requests_per_minute", limit.requests_per_minute));
  TRY(check("tokens_per_minute", limit.tokens_per_minute, kMostTokens));
  TRY(check("concurrency", limit.concurrency));
  TRY(check("burst", limit.burst));
  if (!limit.requests_per_minute && !limit.tokens_per_minute && !limit.concurrency) {
    return fail(Code::invalid_request,
                "A limit needs one of `requests_per_minute`, `tokens_per_minute` and "
                "`concurrency`.",
                "requests_per_minute");
  }
  if (limit.burst && !limit.requests_per_minute) {
    return fail(Code::invalid_request, "`burst` is of requests: it needs `requests_per_minute`.",
                "burst");
  }
  return {};
}

}  // namespace maester::meter
