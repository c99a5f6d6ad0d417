// A section's bytes come from a disk: whatever they are, nothing outside of them is read.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "retrieval/vector/nearest.h"
#include "support/clustered_vectors.h"

namespace maester::retrieval {
namespace {

constexpr std::uint32_t kDimensions = 8;
constexpr std::size_t kCount = 300;

// Exactly as long as the section, so that a sanitizer sees a byte too far.
struct Exact {
  explicit Exact(std::string_view bytes)
      : data(static_cast<char*>(::operator new(bytes.size(), std::align_val_t{64}))),
        size(bytes.size()) {
    std::memcpy(data, bytes.data(), size);
  }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  ~Exact() { ::operator delete(data, std::align_val_t{64}); }
  std::string_view bytes() const { return {data, size}; }
  char* data;
  std::size_t size;
};

std::string section() {
  testing::ClusteredVectors source(kDimensions, {.centres = 3}, 3);
  return *build_vectors(source.matrix(kCount), kDimensions,
                        {.neighbours = 4, .candidates = 20, .search_candidates = 2, .from = 1});
}

void ask(const VectorView& view) {
  if (view.count() > 10'000) return;
  const std::vector<float> query(view.dimensions(), 0.3F);
  Bitmap allowed(view.count(), true);
  for (std::size_t i = 0; i < view.count(); i += 3) allowed.clear(i);
  for (const Bitmap* filter : {static_cast<const Bitmap*>(nullptr), &std::as_const(allowed)}) {
    const auto found = view.nearest(query, 2, filter);
    EXPECT_LE(found.size(), 2U);
    for (const Near& one : found) {
      ASSERT_LT(one.ordinal, view.count());
      EXPECT_TRUE(filter == nullptr || filter->test(one.ordinal));
    }
  }
}

TEST(HostileVectors, a_section_cut_short_or_long_is_refused) {
  const std::string whole = section();
  ASSERT_TRUE(VectorView::open(Exact(whole).bytes()).has_value());
  for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 1 : 61) {
    const Exact cut(whole.substr(0, size));
    const auto view = VectorView::open(cut.bytes());
    ASSERT_FALSE(view.has_value()) << size;
    EXPECT_EQ(view.error().code, Code::corrupt);
  }
  EXPECT_FALSE(VectorView::open(Exact(whole + std::string(64, '\0')).bytes()).has_value());
}

TEST(HostileVectors, a_header_with_any_byte_changed_does_no_harm) {
  const std::string whole = section();
  for (std::size_t at = 0; at < 128; ++at) {
    for (const int value : {0, 1, 2, 0x7f, 0x80, 0xff}) {
      Exact changed(whole);
      changed.data[at] = static_cast<char>(value);
      if (const auto view = VectorView::open(changed.bytes())) ask(*view);
    }
  }
}

TEST(HostileVectors, numbers_that_lead_nowhere_are_not_followed) {
  const std::string whole = section();
  testing::ClusteredVectors random(8, {.centres = 1}, 9);
  for (int round = 0; round < 400; ++round) {
    Exact changed(whole);
    for (int i = 0; i < 1 << round % 12; ++i) {  // past the header: links, scales, codes, all
      const std::size_t at = 128 + random.draw() % (whole.size() - 132);
      const auto value = static_cast<std::uint32_t>(random.draw() >> (random.draw() % 33));
      std::memcpy(changed.data + at / 4 * 4, &value, 4);
    }
    const auto view = VectorView::open(changed.bytes());
    ASSERT_TRUE(view.has_value());
    ask(*view);
  }
}

// All scales, residuals and components no numbers: sorting and heaps must hold.
TEST(HostileVectors, no_numbers_everywhere) {
  const std::string whole = section();
  Exact changed(whole);
  std::memset(changed.data + 128, 0xff, whole.size() - 128);
  ask(*VectorView::open(changed.bytes()));
}

TEST(HostileVectors, bytes_at_an_odd_address_are_refused) {
  const std::string whole = section();
  Exact longer(whole + std::string(64, '\0'));
  std::memmove(longer.data + 4, whole.data(), whole.size());
  EXPECT_FALSE(VectorView::open({longer.data + 4, whole.size()}).has_value());
}

}  // namespace
}  // namespace maester::retrieval
