// What guarding costs: nanoseconds of one core a KiB of text, for text in which nothing is found.
#include <benchmark/benchmark.h>

#include "gateway/guard/injection.h"
#include "gateway/guard/language.h"
#include "gateway/guard/scan_all.h"
#include "gateway/guard/window_for_test.h"

namespace maester::gateway::guard {
namespace {

constexpr std::string_view kProse =
    "The committee met on Tuesday to discuss the quarterly figures, and agreed that the new "
    "library "
    "building would open in spring. In 2023 there were 1,204 visitors a week; most of them came "
    "for "
    "the reading room. Please summarise the discussion in three sentences, name the open questions "
    "and say who will answer them until when. ";

std::string kibibyte() {
  std::string out;
  while (out.size() < 1024) out += kProse;
  out.resize(1024);
  return out;
}

void scan(benchmark::State& state, const Scanner& scanner) {
  const std::string text = kibibyte();
  for (auto _ : state) benchmark::DoNotOptimize(scan_all(scanner, text));
  state.SetBytesProcessed(state.iterations() * 1024);
}

void pii_per_kib(benchmark::State& state) {
  scan(state, *make_pii_scanner(kAllPii));
}
void secrets_per_kib(benchmark::State& state) {
  scan(state, *make_secret_scanner({}));
}
void words_per_kib(benchmark::State& state) {
  scan(state, **make_word_scanner({{"competitor", {"Acme", "Initech", "Globex Corporation"}}}));
}
void urls_per_kib(benchmark::State& state) {
  scan(state, *make_url_scanner({}));
}
void injection_per_kib(benchmark::State& state) {
  const std::string text = kibibyte();
  for (auto _ : state) benchmark::DoNotOptimize(injection_score(text));
  state.SetBytesProcessed(state.iterations() * 1024);
}
void language_per_kib(benchmark::State& state) {
  const std::string text = kibibyte();
  for (auto _ : state) benchmark::DoNotOptimize(detect_language(text));
  state.SetBytesProcessed(state.iterations() * 1024);
}
// PII, secrets, words and addresses redacted in a stream that comes in pieces of 16 bytes.
void stream_per_kib(benchmark::State& state) {
  const EveryRule rules(Action::redact, Action::redact, Action::redact, Action::redact);
  const std::string text = kibibyte();
  for (auto _ : state) {
    TextWindow window(rules.rules);
    std::string out;
    std::vector<Finding> findings;
    for (std::size_t at = 0; at < text.size(); at += 16)
      window.add(std::string_view(text).substr(at, 16), false, out, findings);
    window.add("", true, out, findings);
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.iterations() * 1024);
}

BENCHMARK(pii_per_kib);
BENCHMARK(secrets_per_kib);
BENCHMARK(words_per_kib);
BENCHMARK(urls_per_kib);
BENCHMARK(injection_per_kib);
BENCHMARK(language_per_kib);
BENCHMARK(stream_per_kib);

}  // namespace
}  // namespace maester::gateway::guard
