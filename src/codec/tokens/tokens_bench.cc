// Throughput of counting: prose, code, and a piece that never ends; and the text of the file that
// MAESTER_TOKENS_TEXT names, which bench/programs.py has tiktoken count, too.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "codec/tokens/tokens.h"

namespace maester::tokens {
namespace {

std::string repeated(std::string_view text, std::size_t size) {
  std::string out;
  while (out.size() < size) out += text;
  return out;
}

void count(benchmark::State& state, Encoding encoding, std::string_view sample) {
  const std::string text = repeated(sample, 256 * 1024);
  for (auto _ : state) benchmark::DoNotOptimize(count_tokens(encoding, text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void count_file(benchmark::State& state, Encoding encoding) {
  const char* path = std::getenv("MAESTER_TOKENS_TEXT");
  if (path == nullptr) return state.SkipWithError("MAESTER_TOKENS_TEXT names no file");
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::size_t tokens = 0;
  for (auto _ : state) benchmark::DoNotOptimize(tokens = count_tokens(encoding, text));
  state.counters["tokens"] = static_cast<double>(tokens);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tokens));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

constexpr std::string_view kProse =
    "The reservation is corrected when the settlement arrives; whatever was promised and not used "
    "goes back to the budget at once. Nobody's request is charged twice, and it's recorded "
    "why.\n\n";
constexpr std::string_view kCode =
    "  for (std::size_t i = 0; i < parts.size(); ++i) {\n    out.push_back(ranks.find(piece));\n  "
    "}\n";
constexpr std::string_view kGerman =
    "Überweisungen dürfen höchstens zweihundertfünfzig Euro betragen. ";

BENCHMARK_CAPTURE(count, o200k_prose, Encoding::o200k_base, kProse);
BENCHMARK_CAPTURE(count, o200k_code, Encoding::o200k_base, kCode);
BENCHMARK_CAPTURE(count, o200k_german, Encoding::o200k_base, kGerman);
BENCHMARK_CAPTURE(count, o200k_one_letter, Encoding::o200k_base, "a");
BENCHMARK_CAPTURE(count, cl100k_prose, Encoding::cl100k_base, kProse);
BENCHMARK_CAPTURE(count, cl100k_code, Encoding::cl100k_base, kCode);
BENCHMARK_CAPTURE(count_file, o200k_base, Encoding::o200k_base);
BENCHMARK_CAPTURE(count_file, cl100k_base, Encoding::cl100k_base);

}  // namespace
}  // namespace maester::tokens
