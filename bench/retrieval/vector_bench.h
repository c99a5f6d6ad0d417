// What every program of the vector leg does alike: the data, the filters, the questions, the timing
// and the line of JSON that comes out. The subject answers `nearest(query, k, filter)`.
#pragma once

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/clustered_vectors.h"

namespace maester::bench {

inline constexpr std::size_t kNearest = 10;

// Of the wall; or of this thread's processor time, which other programs on the machine disturb
// less.
inline bool& by_cpu() {
  static bool value = false;
  return value;
}
inline double seconds() {
  timespec now{};
  ::clock_gettime(by_cpu() ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Options {
  std::size_t count = 100'000, dimensions = 384, queries = 500, truth_queries = 200;
  std::size_t neighbours = 16, candidates = 200, width = 224;
  testing::Clusters shape;
  std::string truth;    // file of exact answers: written when missing, so that all share one
  std::string section;  // the same for what Maester built
};

inline Options parse(int argc, char** argv) {
  Options out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const auto number = [&] { return std::strtoull(argv[i + 1], nullptr, 10); };
    if (name == "--count") out.count = number();
    if (name == "--dimensions") out.dimensions = number();
    if (name == "--queries") out.queries = number();
    if (name == "--neighbours") out.neighbours = number();
    if (name == "--candidates") out.candidates = number();
    if (name == "--width") out.width = number();
    if (name == "--centres") out.shape.centres = number();
    if (name == "--directions") out.shape.directions = number();
    if (name == "--spread") out.shape.spread = std::strtof(argv[i + 1], nullptr);
    if (name == "--noise") out.shape.noise = std::strtof(argv[i + 1], nullptr);
    if (name == "--clock") by_cpu() = std::string_view(argv[i + 1]) == "cpu";
    if (name == "--truth") out.truth = argv[i + 1];
    if (name == "--section") out.section = argv[i + 1];
  }
  return out;
}

struct Data {
  explicit Data(const Options& options)
      : source(options.dimensions, options.shape, 2026),
        matrix(source.matrix(options.count)),
        queries(source.matrix(options.queries)) {}
  testing::ClusteredVectors source;
  std::vector<float> matrix, queries;
};

// Filters let through what a hash of the ordinal says, independent of where a vector lies.
inline constexpr double kShares[] = {1, 0.5, 0.1, 0.01, 0.001};
inline bool passes(std::size_t ordinal, double share) {
  if (share >= 1) return true;
  std::uint64_t x = (ordinal + 1) * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9;
  return static_cast<double>((x ^ (x >> 29)) >> 11) * 0x1p-53 < share;
}

using Ordinals = std::vector<std::uint32_t>;
using Truth = std::vector<std::vector<Ordinals>>;  // by share, by query

inline constexpr std::uint32_t kNobody = 0xffffffff;  // fills lists of fewer in a file

// By an exact scan in float, one pass for all filters.
inline Truth truth_of(const Options& options, const Data& data) {
  const std::size_t queries = std::min(options.queries, options.truth_queries);
  Truth truth(std::size(kShares), std::vector<Ordinals>(queries));
  if (std::ifstream file(options.truth, std::ios::binary); !options.truth.empty() && file) {
    for (auto& list : truth) {
      for (auto& one : list) {
        one.resize(kNearest);
        file.read(reinterpret_cast<char*>(one.data()), kNearest * sizeof(std::uint32_t));
        std::erase(one, kNobody);
      }
    }
    return truth;
  }
  const std::size_t d = options.dimensions;
  std::vector<std::vector<std::pair<float, std::uint32_t>>> best(std::size(kShares));
  for (std::size_t q = 0; q < queries; ++q) {
    for (auto& list : best) list.clear();
    const float* query = data.queries.data() + q * d;
    for (std::size_t i = 0; i < options.count; ++i) {
      float lanes[16] = {};
      for (std::size_t at = 0; at + 16 <= d; at += 16)
        for (std::size_t lane = 0; lane < 16; ++lane)
          lanes[lane] += query[at + lane] * data.matrix[i * d + at + lane];
      float sum = 0;
      for (const float lane : lanes) sum += lane;
      for (std::size_t s = 0; s < std::size(kShares); ++s) {
        auto& list = best[s];
        if (list.size() == kNearest && sum <= list.back().first) continue;
        if (!passes(i, kShares[s])) continue;
        const std::pair<float, std::uint32_t> one{sum, static_cast<std::uint32_t>(i)};
        list.insert(std::upper_bound(list.begin(), list.end(), one,
                                     [](auto& a, auto& b) { return a.first > b.first; }),
                    one);
        if (list.size() > kNearest) list.pop_back();
      }
    }
    for (std::size_t s = 0; s < std::size(kShares); ++s) {
      for (const auto& [_, ordinal] : best[s]) truth[s][q].push_back(ordinal);
    }
  }
  if (!options.truth.empty()) {
    std::ofstream file(options.truth, std::ios::binary);
    for (auto& list : truth) {
      for (Ordinals one : list) {
        one.resize(kNearest, kNobody);
        file.write(reinterpret_cast<const char*>(one.data()), kNearest * sizeof(std::uint32_t));
      }
    }
  }
  return truth;
}

struct Run {
  double qps = 0, p50_us = 0, p99_us = 0, recall = 0;
  std::size_t short_lists = 0;  // answers of fewer than k although more were allowed
};

template <class Nearest>
Run measure(const Options& options, const Data& data, const std::vector<Ordinals>& truth,
            const Nearest& nearest) {
  Run run;
  std::vector<double> times;
  double all = 0;
  std::size_t hits = 0, wanted = 0;
  for (std::size_t q = 0; q < std::min<std::size_t>(20, options.queries); ++q)
    nearest(data.queries.data() + q * options.dimensions);  // warm
  for (std::size_t q = 0; q < options.queries; ++q) {
    const double began = seconds();
    const Ordinals found = nearest(data.queries.data() + q * options.dimensions);
    times.push_back((seconds() - began) * 1e6);
    all += times.back();
    if (q >= truth.size()) continue;
    run.short_lists += found.size() < truth[q].size() ? 1 : 0;
    wanted += truth[q].size();
    for (const std::uint32_t one : truth[q]) hits += std::ranges::count(found, one) > 0 ? 1 : 0;
  }
  run.recall = wanted == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(wanted);
  std::sort(times.begin(), times.end());
  run.qps = static_cast<double>(times.size()) / all * 1e6;
  run.p50_us = times[times.size() / 2];
  run.p99_us = times[times.size() * 99 / 100];
  return run;
}

inline void print(std::string_view subject, std::string_view way, double share, const Run& run) {
  fmt::print(
      R"({{"subject":"{}","way":"{}","share":{},"qps":{:.0f},"p50_us":{:.0f},"p99_us":{:.0f},"recall":{:.4f},"short":{}}})"
      "\n",
      subject, way, share, run.qps, run.p50_us, run.p99_us, run.recall, run.short_lists);
  std::fflush(stdout);
}

inline void print_build(std::string_view subject, double seconds, double bytes_each) {
  fmt::print(R"({{"subject":"{}","build_s":{:.1f},"bytes_per_vector":{:.0f}}})"
             "\n",
             subject, seconds, bytes_each);
  std::fflush(stdout);
}

}  // namespace maester::bench
