// The same by hnswlib. It searches its own memory and has no planner: a filter is a predicate.
#include <hnswlib/hnswlib.h>

#include "vector_bench.h"

using namespace maester;

int main(int argc, char** argv) {
  const auto options = bench::parse(argc, argv);
  const bench::Data data(options);
  const auto truth = bench::truth_of(options, data);
  const double began = bench::seconds();
  hnswlib::InnerProductSpace space(options.dimensions);
  hnswlib::HierarchicalNSW<float> graph(&space, options.count, options.neighbours,
                                        options.candidates);
  for (std::size_t i = 0; i < options.count; ++i)
    graph.addPoint(data.matrix.data() + i * options.dimensions, i);
  graph.setEf(options.width);
  const double bytes =
      static_cast<double>(graph.size_data_per_element_) +
      static_cast<double>(graph.size_links_per_element_) / static_cast<double>(options.neighbours);
  bench::print_build("hnswlib", bench::seconds() - began, bytes);
  const auto run = bench::measure(options, data, truth[0], [&](const float* query) {
    bench::Ordinals out;
    for (auto found = graph.searchKnn(query, bench::kNearest); !found.empty(); found.pop())
      out.push_back(static_cast<std::uint32_t>(found.top().second));
    return out;
  });
  bench::print("hnswlib", "graph", 1, run);
  return 0;
}
