// What a budget costs a request: finding its chain, reserving and settling.
#include <benchmark/benchmark.h>

#include "meter/ledger.h"
#include "meter/limiter.h"

namespace maester::meter {
namespace {

Budget make(std::string id, Scope scope) {
  Budget out;
  out.id = std::move(id);
  out.scope = std::move(scope);
  out.window = Window::month;
  out.limit = *FemtoUsd::parse("1000000");
  return out;
}

// range(0) budgets cover the request; as many again do not.
void BM_ChainHoldSettle(benchmark::State& state) {
  const SystemClock clock;
  Ledger ledger(clock);
  for (int i = 0; i < state.range(0); ++i) {
    const std::string id = "01a1fe10-5b0e-7001-9c40-6f6d7a1c88f" + std::to_string(i);
    ledger.put(make(id, {.tenant = "default", .key = i == 0 ? "" : "k1"}));
    ledger.put(make("x" + id, {.tenant = "default", .key = "k2"}));
  }
  const Spender spender{.tenant = "default", .key = "k1", .user = "ann"};
  const FemtoUsd amount = *FemtoUsd::parse("0.001");
  for (auto _ : state) {
    const Ledger::Chain chain = ledger.chain(spender);
    if (chain.empty()) continue;
    auto held = ledger.hold(chain, amount, Deadline::never());
    benchmark::DoNotOptimize(held->reservation.settle(FemtoUsd()));
  }
}
BENCHMARK(BM_ChainHoldSettle)->Arg(0)->Arg(1)->Arg(3);

void BM_LimitAdmit(benchmark::State& state) {
  const SystemClock clock;
  Limiter limiter(clock);
  for (int i = 0; i < state.range(0); ++i) {
    Limit limit;
    limit.id = std::to_string(i);
    limit.scope = {.tenant = "default", .key = "*"};
    limit.requests_per_minute = 1'000'000'000;
    limit.tokens_per_minute = 1'000'000'000'000;
    limit.concurrency = 1'000;
    limiter.put(limit);
  }
  const Spender spender{.tenant = "default", .key = "k1", .user = "ann"};
  for (auto _ : state) {
    Admission admission;
    benchmark::DoNotOptimize(limiter.admit(admission, spender, Limiter::Look::head));
    benchmark::DoNotOptimize(limiter.admit(admission, spender, Limiter::Look::resolved, 100));
    admission.settle_tokens(50);
  }
}
BENCHMARK(BM_LimitAdmit)->Arg(0)->Arg(1)->Arg(3);

}  // namespace
}  // namespace maester::meter
