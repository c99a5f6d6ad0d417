// Every kind of CPU's kernels do what the plain ones do.
#include "retrieval/lexical/kernels.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace maester::retrieval {
namespace {

constexpr std::string_view kNames[] = {"plain", "avx2", "avx512"};

TEST(LexicalKernels, PlacesAtLeastAreThoseOfALoop) {
  SeededRandom random(3);
  for (const std::string_view name : kNames) {
    const LexicalKernels* run = lexical_kernels(name);
    if (run == nullptr) continue;  // not on this CPU
    for (const std::size_t n : {std::size_t{16}, std::size_t{2048}, std::size_t{65'536}}) {
      for (const std::uint64_t one_in : {1u, 2u, 50u, 5000u}) {
        std::vector<float> scores(n);
        for (float& score : scores)
          score = random.below(one_in) == 0 ? 1 + static_cast<float>(random.below(100)) / 100 : 0;
        const float needed = 1.5F;
        std::vector<std::uint16_t> want, got(n + kSpilled);
        for (std::size_t i = 0; i < n; ++i)
          if (scores[i] >= needed) want.push_back(static_cast<std::uint16_t>(i));
        got.resize(run->at_least(scores.data(), n, needed, got.data()));
        EXPECT_EQ(got, want) << name << " " << n << " " << one_in;
      }
    }
  }
}

TEST(LexicalKernels, ScoresAreAddedToEachChunkOnce) {
  SeededRandom random(4);
  const std::uint32_t begin = 1000, size = 4096;
  std::vector<std::uint16_t> lengths(begin + size);
  for (auto& length : lengths) length = static_cast<std::uint16_t>(random.below(400));
  const TermScore term{3.25F, 0.3F, 0.9F / 200};
  for (const std::size_t postings : {0u, 1u, 15u, 17u, 128u, 129u, 700u}) {
    std::vector<std::uint32_t> chunks, frequencies;
    std::vector<float> want(size, 0.5F);
    for (std::uint32_t at = 0; at < size && chunks.size() < postings; ++at) {
      if (random.below(4) != 0) continue;
      chunks.push_back(begin + at);
      frequencies.push_back(1 + static_cast<std::uint32_t>(random.below(9)));
      const auto f = static_cast<float>(frequencies.back());
      want[at] += 3.25F * f / (f + 0.3F + 0.9F / 200 * static_cast<float>(lengths[begin + at]));
    }
    for (const std::string_view name : kNames) {
      const LexicalKernels* run = lexical_kernels(name);
      if (run == nullptr) continue;
      std::vector<float> scores(size, 0.5F);
      run->add(term, chunks.data(), frequencies.data(), chunks.size(), lengths.data(), begin,
               scores.data());
      for (std::size_t i = 0; i < size; ++i) EXPECT_NEAR(scores[i], want[i], 1e-5F) << name << i;
    }
  }
}

}  // namespace
}  // namespace maester::retrieval
