// The same by FAISS: its HNSW over floats, and its exact scan. Run it with OMP_NUM_THREADS=1.
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>

#include "vector_bench.h"

using namespace maester;

namespace {

bench::Ordinals ask(const faiss::Index& index, const float* query) {
  float similarities[bench::kNearest];
  faiss::Index::idx_t ids[bench::kNearest];
  index.search(1, query, bench::kNearest, similarities, ids);
  bench::Ordinals out;
  for (const faiss::Index::idx_t id : ids) {
    if (id >= 0) out.push_back(static_cast<std::uint32_t>(id));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv);
  const bench::Data data(options);
  const auto truth = bench::truth_of(options, data);
  const int d = static_cast<int>(options.dimensions);
  const auto count = static_cast<faiss::Index::idx_t>(options.count);
  {
    const double began = bench::seconds();
    faiss::IndexHNSWFlat graph(d, static_cast<int>(options.neighbours),
                               faiss::METRIC_INNER_PRODUCT);
    graph.hnsw.efConstruction = static_cast<int>(options.candidates);
    graph.hnsw.efSearch = static_cast<int>(options.width);
    graph.add(count, data.matrix.data());
    bench::print_build(
        "faiss", bench::seconds() - began,
        static_cast<double>(d * 4 + 4 * graph.hnsw.neighbors.size() / options.count));
    const auto run = bench::measure(options, data, truth[0],
                                    [&](const float* query) { return ask(graph, query); });
    bench::print("faiss", "graph", 1, run);
  }
  faiss::IndexFlatIP flat(d);
  flat.add(count, data.matrix.data());
  options.queries = std::min<std::size_t>(options.queries, 50);
  bench::print("faiss", "float scan", 1,
               bench::measure(options, data, truth[0],
                              [&](const float* query) { return ask(flat, query); }));
  return 0;
}
