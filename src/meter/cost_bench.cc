// What it costs to look a price up and to price a request: the budget is a microsecond for both
// together.
#include <benchmark/benchmark.h>

#include "meter/cost.h"
#include "meter/price_book.h"

namespace maester::meter {
namespace {

void find_price(benchmark::State& state) {
  const PriceBook book = PriceBook::builtin();
  for (auto _ : state) benchmark::DoNotOptimize(book.find("gemini", "gemini-2.5-flash"));
}
BENCHMARK(find_price);

void price_a_chat(benchmark::State& state) {
  const PriceBook book = PriceBook::builtin();
  const auto match = book.find("anthropic", "claude-sonnet-4-5");
  const Usage usage{.input = 10, .cached_input = 150'000, .cache_write_5m = 20'000, .output = 4096};
  for (auto _ : state) benchmark::DoNotOptimize(price_usage(*match->price, usage));
}
BENCHMARK(price_a_chat);

void reserve_a_chat(benchmark::State& state) {
  const PriceBook book = PriceBook::builtin();
  const auto match = book.find("openai", "gpt-5.6");
  for (auto _ : state) benchmark::DoNotOptimize(reserve_bound(*match->price, 2000, 4096));
}
BENCHMARK(reserve_a_chat);

void read_the_built_in_table(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(PriceBook::builtin());
}
BENCHMARK(read_the_built_in_table);

}  // namespace
}  // namespace maester::meter
