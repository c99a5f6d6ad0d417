// BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"),
// with the idf that never falls below zero (as Lucene has it).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "retrieval/segment/impacts.h"

namespace maester::retrieval {

// Of all living chunks of an index.
struct CorpusStatistics {
  std::uint64_t chunks = 0;
  std::uint64_t length = 0;  // in terms, together
};

struct Bm25 {
  double k1 = 0, flat = 0, slope = 0;  // k1 (1 - b + b length / average) = flat + slope length

  Bm25(double k1_given, double b, const CorpusStatistics& corpus) : k1(k1_given) {
    const double average = corpus.length == 0 ? 1
                                              : static_cast<double>(corpus.length) /
                                                    static_cast<double>(corpus.chunks);
    flat = k1 * (1 - b);
    slope = k1 * b / average;
  }

  static double idf(std::uint64_t df, const CorpusStatistics& corpus) {
    const auto n = static_cast<double>(corpus.chunks), with = static_cast<double>(df);
    return std::log(1 + (n - with + 0.5) / (with + 0.5));
  }
  // What a term is worth, before how often it is there: times 0..1 of saturation().
  double weight(std::uint64_t df, const CorpusStatistics& corpus, std::uint32_t times) const {
    return idf(df, corpus) * (k1 + 1) * times;
  }
  double saturation(std::uint32_t frequency, std::uint32_t length) const {
    const double f = frequency;
    return f / (f + flat + slope * length);
  }
};

// Bounds of the saturation from impacts, by tables: f / (f + n) is greatest where n / f is least.
class ImpactBounds {
 public:
  explicit ImpactBounds(const Bm25& model) {
    for (std::size_t code = 0; code < 256; ++code) {
      norms_[code] =
          static_cast<float>(model.flat + model.slope * length_of(static_cast<std::uint8_t>(code)));
      // 255 stands for any more.
      inverses_[code] = code == 0 ? 1.0F : code == 255 ? 0.0F : 1.0F / static_cast<float>(code);
    }
  }
  // At least the saturation of every chunk that the impacts stand for, but for a float's rounding.
  float operator()(const Impacts& impacts) const {
    float least = norms_[impacts[0].length] * inverses_[impacts[0].frequency];
    for (std::size_t i = 1; i < impacts.size(); ++i) {
      least = std::min(least, norms_[impacts[i].length] * inverses_[impacts[i].frequency]);
    }
    return 1 / (1 + least);
  }

 private:
  std::array<float, 256> norms_, inverses_;
};

}  // namespace maester::retrieval
