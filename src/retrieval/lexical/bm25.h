// BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"),
// with the idf that never falls below zero (as Lucene has it).
#pragma once

#include <cmath>
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
  // At least the saturation of every chunk that the impacts stand for.
  double bound(const Impacts& impacts) const {
    double most = 0;
    for (const Impact& one : impacts) {
      const double at = one.frequency == 255 ? 1 : saturation(one.frequency, length_of(one.length));
      most = at > most ? at : most;
    }
    return most;
  }
};

}  // namespace maester::retrieval
