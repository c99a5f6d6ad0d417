// What each leg and their fusion find on a judged collection, as written and misspelt: a line of
// JSON each. usage: bench_quality FOLDER...
#include <fmt/core.h>

#include "support/hybrid_quality.h"

namespace {

using namespace maester;

void print(std::string_view collection, unsigned mistyped, const char* way,
           const retrieval::Report& report, const retrieval::Report& lexical) {
  const auto change = retrieval::compare(lexical, report).ndcg;
  fmt::print(
      R"({{"collection":"{}","queries":"{}","way":"{}","ndcg":{:.4f},"mrr":{:.4f},"recall":{:.4f},"map":{:.4f},"over_lexical":{:.4f},"low":{:.4f},"high":{:.4f}}})"
      "\n",
      collection,
      mistyped == 0   ? "as written"
      : mistyped == 7 ? "misspelt"
                      : "misspelt 3 in 4",
      way, report.ndcg.mean, report.mrr.mean, report.recall.mean, report.map.mean, change.mean,
      change.low, change.high);
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string folder = argv[i];
    const std::string_view name = std::string_view(folder).substr(folder.rfind('/') + 1);
    const test::HybridQuality quality(folder);
    if (!quality.ready()) return 1;
    for (const unsigned mistyped : {0U, 7U, 6U}) {
      const test::Quality measured = quality.measure(mistyped);
      print(name, mistyped, "lexical", measured.lexical, measured.lexical);
      print(name, mistyped, "vector", measured.vector, measured.lexical);
      print(name, mistyped, "hybrid", measured.hybrid, measured.lexical);
    }
  }
  return 0;
}
