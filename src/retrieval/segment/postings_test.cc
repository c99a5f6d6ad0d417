#include "retrieval/segment/postings.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "retrieval/segment/dictionary.h"
#include "retrieval/segment/impacts.h"

namespace maester::retrieval {
namespace {

TEST(BitPacking, GivesBackWhatWasPacked) {
  SeededRandom random(1);
  for (unsigned bits = 0; bits <= 32; ++bits) {
    std::uint32_t values[kBlock], read[kBlock], sums[kBlock];
    for (std::uint32_t& value : values) {
      value = bits == 0 ? 0 : static_cast<std::uint32_t>(random.next_u64() >> (64 - bits));
    }
    ASSERT_LE(bits_needed(values), bits);
    std::string packed;
    pack(packed, values, bits);
    ASSERT_EQ(packed.size(), 16U * bits);
    unpack(packed.data(), bits, read);
    unpack_sums(packed.data(), bits, 7, sums);
    std::uint32_t sum = 7;
    for (std::size_t i = 0; i < kBlock; ++i) {
      ASSERT_EQ(read[i], values[i]) << bits << " bits, value " << i;
      ASSERT_EQ(sums[i], sum += values[i]) << bits << " bits, sum " << i;
    }
  }
}

struct Drawn {
  std::vector<Posting> postings;
  std::vector<std::uint16_t> lengths;  // of every chunk
};

Drawn draw(SeededRandom& random, std::size_t df, std::uint64_t gap) {
  Drawn out;
  std::uint32_t chunk = 0;
  for (std::size_t i = 0; i < df; ++i) {
    chunk += static_cast<std::uint32_t>(random.below(gap));
    const auto frequency =
        static_cast<std::uint32_t>(1 + random.below(random.below(40) == 0 ? 2000 : 6));
    out.postings.push_back({chunk++, frequency});
  }
  for (std::uint32_t c = 0; c < chunk; ++c) {
    out.lengths.push_back(
        static_cast<std::uint16_t>(random.below(random.below(9) == 0 ? 65536 : 600)));
  }
  return out;
}

TEST(Postings, OfAnyLengthGiveBackWhatWasWritten) {
  SeededRandom random(2);
  for (const std::size_t df : {2U, 3U, 127U, 128U, 129U, 255U, 256U, 257U, 1000U, 5000U}) {
    for (const std::uint64_t gap : {1U, 3U, 1000U, 200'000U}) {
      const Drawn drawn = draw(random, df, df * gap > 3'000'000 ? 100 : gap);
      std::string bytes;
      append_postings(bytes, drawn.postings, drawn.lengths);
      const auto chunks = static_cast<std::uint32_t>(drawn.lengths.size());
      const PostingList list({static_cast<std::uint32_t>(df), {}, bytes}, chunks);
      std::vector<Posting> read;
      list.append_to(read);
      ASSERT_EQ(read, drawn.postings) << df;
      // A list cut anywhere is shorter or other, never beyond the segment.
      for (std::size_t cut = 0; cut < bytes.size(); cut += bytes.size() / 7 + 1) {
        read.clear();
        PostingList({static_cast<std::uint32_t>(df), {}, std::string_view(bytes).substr(0, cut)},
                    chunks)
            .append_to(read);
        for (const Posting& one : read) ASSERT_LT(one.chunk, chunks);
      }
    }
  }
}

// For any k1 and b no chunk scores above its block's bound.
TEST(Impacts, BoundEveryScoreOfTheirBlock) {
  SeededRandom random(3);
  for (int round = 0; round < 3000; ++round) {
    const Drawn drawn = draw(random, 1 + random.below(kBlock), 3);
    std::vector<std::uint32_t> frequencies;
    std::vector<std::uint16_t> lengths;
    for (const Posting& one : drawn.postings) {
      frequencies.push_back(one.frequency);
      lengths.push_back(drawn.lengths[one.chunk]);
    }
    const Impacts impacts = impacts_of(frequencies, lengths);
    const double k1 = static_cast<double>(random.below(50)) / 10;
    const double b = static_cast<double>(random.below(11)) / 10;
    const auto saturation = [&](double f, double length) {
      return f / (f + k1 * (1 - b + b * length / 250));
    };
    double bound = 0;
    for (const Impact& one : impacts) {
      bound = std::max(bound,
                       one.frequency == 255 ? 1 : saturation(one.frequency, length_of(one.length)));
    }
    double best = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      best = std::max(best, saturation(frequencies[i], lengths[i]));
    }
    ASSERT_GE(bound, best * (1 - 1e-12));
    if (lengths.size() == 1 && frequencies[0] < 255 && lengths[0] < 64) EXPECT_EQ(bound, best);
  }
}

TEST(Impacts, LengthCodesRiseAndNeverExceedTheLength) {
  for (std::uint32_t length = 0; length < 65536; ++length) {
    const std::uint8_t code = length_code(length);
    ASSERT_LE(length_of(code), length);
    ASSERT_GE(length_of(code) * 1.0625 + 1, length);
    ASSERT_EQ(length_code(length_of(code)), code);
    if (length > 0) ASSERT_GE(code, length_code(length - 1));
  }
}

TEST(Dictionary, FindsEveryTermAndNoOther) {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 1000U}) {
    std::vector<std::string> terms;
    for (std::size_t i = 0; i < size; ++i)
      terms.push_back("term" + std::to_string(100'000 + 2 * i));
    DictionaryBuilder builder;
    std::string postings;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t bytes = i % 3 == 0 ? 0 : i % 5;
      builder.add(terms[i], i % 3 == 0 ? 1 : 2, {static_cast<std::uint32_t>(i), 9}, bytes);
      postings.append(bytes, static_cast<char>('a' + i % 26));
    }
    const Dictionary dictionary(builder.terms(), builder.blocks(), postings, builder.size());
    Dictionary::Walk walk = dictionary.walk();
    for (std::size_t i = 0; i < size; ++i) {
      const auto entry = dictionary.find(terms[i]);
      ASSERT_TRUE(entry.has_value()) << terms[i];
      if (i % 3 == 0) {
        EXPECT_EQ(entry->only, (Posting{static_cast<std::uint32_t>(i), 9}));
      } else {
        EXPECT_EQ(entry->bytes, std::string(i % 5, static_cast<char>('a' + i % 26)));
      }
      EXPECT_FALSE(dictionary.find(terms[i] + "x").has_value());
      EXPECT_FALSE(dictionary.find("term" + std::to_string(100'001 + 2 * i)).has_value());
      ASSERT_TRUE(walk.next());
      EXPECT_EQ(walk.term(), terms[i]);
    }
    EXPECT_FALSE(walk.next());
    EXPECT_FALSE(dictionary.find("").has_value());
    EXPECT_FALSE(dictionary.find("zzz").has_value());
  }
}

}  // namespace
}  // namespace maester::retrieval
