#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>

#include "ingest/chunker.h"

namespace {

using namespace maester::ingest;

constexpr std::array<std::string_view, 32> kWords = {
    "the",      "of",         "and",     "in",      "a",       "to",         "retrieval",
    "document", "which",      "is",      "were",    "answers", "citation",   "byte",
    "range",    "permission", "tenant",  "that",    "with",    "collection", "index",
    "segment",  "merging",    "quickly", "2024",    "section", "contract",   "termination",
    "notice",   "period",     "for",     "evidence"};

// Ten megabytes of sentences in paragraphs, a heading every 2 KB.
const Extraction& document() {
  static const Extraction built = [] {
    Extraction out;
    std::uint64_t seed = 1;
    const auto next = [&seed] {
      return seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    };
    while (out.text.size() < 10'000'000) {
      const std::size_t start = out.text.size();
      out.text += "Section about something\n\n";
      out.headings.push_back({2, {start, out.text.size() - 2}});
      for (int i = 0; i < 20; ++i) {
        for (int w = 0; w < 15; ++w) {
          out.text += kWords[next() >> 59U];
          out.text += ' ';
        }
        out.text.back() = '.';
        out.text += i % 5 == 4 ? "\n\n" : " ";
      }
    }
    return out;
  }();
  return built;
}

void run(benchmark::State& state, ChunkSettings settings) {
  for (auto _ : state) {
    const auto chunks = cut(document(), settings);
    benchmark::DoNotOptimize(chunks->size());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(document().text.size()));
}

BENCHMARK_CAPTURE(run, words, ChunkSettings{ChunkSettings::Unit::words, 400, 80});
BENCHMARK_CAPTURE(run, tokens, ChunkSettings{ChunkSettings::Unit::tokens, 512, 64});
BENCHMARK_CAPTURE(run, sentences, ChunkSettings{ChunkSettings::Unit::sentences, 20, 2});
BENCHMARK_CAPTURE(run, headings, ChunkSettings{ChunkSettings::Unit::headings, 400, 80});
BENCHMARK_CAPTURE(run, tables, ChunkSettings{ChunkSettings::Unit::tables, 400, 80});

}  // namespace
