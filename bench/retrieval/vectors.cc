// Maester's vector leg: builds a section of synthetic vectors, then asks it with and without
// filters.
#include "retrieval/vector/nearest.h"
#include "vector_bench.h"

using namespace maester;

namespace {

retrieval::Bitmap filter(std::size_t count, double share) {
  retrieval::Bitmap out(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (bench::passes(i, share)) out.set(i);
  }
  return out;
}

bench::Ordinals ordinals(const std::vector<retrieval::Near>& found) {
  bench::Ordinals out;
  for (const auto& one : found) out.push_back(one.ordinal);
  return out;
}

const char* name(retrieval::VectorView::Plan::Way way) {
  constexpr const char* kNames[] = {"none", "exact", "graph", "graph_then_exact"};
  return kNames[static_cast<int>(way)];
}

// Built and timed, or read from --section, where the last run kept it.
Result<std::string> obtain(const bench::Options& options, const bench::Data& data,
                           const retrieval::GraphSettings& settings) {
  if (std::ifstream file(options.section, std::ios::binary); !options.section.empty() && file) {
    std::string kept{std::istreambuf_iterator<char>(file), {}};
    std::memcpy(kept.data() + 24, &settings.search_candidates, 4);
    return kept;
  }
  const double began = bench::seconds();
  auto section = retrieval::build_vectors(data.matrix,
                                          static_cast<std::uint32_t>(options.dimensions), settings);
  if (!section) return section;
  bench::print_build("maester", bench::seconds() - began,
                     static_cast<double>(section->size()) / static_cast<double>(options.count));
  if (!options.section.empty()) std::ofstream(options.section, std::ios::binary) << *section;
  return section;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = bench::parse(argc, argv);
  bench::Data data(options);
  const auto truth = bench::truth_of(options, data);
  const retrieval::GraphSettings settings{
      .neighbours = static_cast<std::uint32_t>(options.neighbours),
      .candidates = static_cast<std::uint32_t>(options.candidates),
      .search_candidates = static_cast<std::uint32_t>(options.width)};
  const auto section = obtain(options, data, settings);
  if (!section) return 1;
  data.matrix = {};
  void* const at = std::aligned_alloc(64, (section->size() + 63) / 64 * 64);
  std::memcpy(at, section->data(), section->size());
  const auto view = retrieval::VectorView::open({static_cast<const char*>(at), section->size()});
  if (!view) return 1;
  for (std::size_t s = 0; s < std::size(bench::kShares); ++s) {
    const double share = bench::kShares[s];
    const auto allowed = filter(options.count, share);
    retrieval::VectorView::Plan plan;
    const auto run = bench::measure(options, data, truth[s], [&](const float* query) {
      return ordinals(view->nearest({query, options.dimensions}, bench::kNearest,
                                    share < 1 ? &allowed : nullptr, &plan));
    });
    bench::print("maester", name(plan.way), share, run);
  }
  auto few = options;
  few.queries = std::min<std::size_t>(few.queries, 50);
  const auto exact = bench::measure(few, data, truth[0], [&](const float* query) {
    return ordinals(view->nearest_exact({query, options.dimensions}, bench::kNearest, nullptr));
  });
  bench::print("maester", "float scan", 1, exact);
  std::free(at);
  return 0;
}
