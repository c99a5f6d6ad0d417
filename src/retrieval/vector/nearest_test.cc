#include "retrieval/vector/nearest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <set>

#include "base/hash.h"
#include "retrieval/vector/kernels.h"
#include "support/clustered_vectors.h"

namespace maester::retrieval {
namespace {

using testing::ClusteredVectors;
using testing::Clusters;

// A section at an address that 64 divides, as a mapped file has it.
class Mapped {
 public:
  explicit Mapped(std::string_view bytes) : storage_(bytes.size() + 64), size_(bytes.size()) {
    void* at = storage_.data();
    std::size_t space = storage_.size();
    begin_ = static_cast<char*>(std::align(64, size_, at, space));
    std::memcpy(begin_, bytes.data(), size_);
  }
  std::string_view bytes() const { return {begin_, size_}; }
  char* data() { return begin_; }

 private:
  std::vector<char> storage_;
  char* begin_;
  std::size_t size_;
};

GraphSettings graph_from(std::uint32_t from) {
  return {.search_candidates = 96, .from = from};
}

std::string built(std::span<const float> matrix, std::uint32_t dimensions, std::uint32_t from) {
  auto section = build_vectors(matrix, dimensions, graph_from(from));
  EXPECT_TRUE(section.has_value());
  return section ? *std::move(section) : std::string();
}

// Written without any of the code under test: double sums and a full sort.
std::vector<std::uint32_t> plainly_nearest(std::span<const float> matrix,
                                           std::span<const float> query, std::size_t k,
                                           const Bitmap* allowed) {
  std::vector<std::pair<double, std::uint32_t>> all;
  for (std::uint32_t i = 0; i * query.size() < matrix.size(); ++i) {
    if (allowed != nullptr && !allowed->test(i)) continue;
    double sum = 0;
    for (std::size_t d = 0; d < query.size(); ++d)
      sum += double{matrix[i * query.size() + d]} * query[d];
    all.emplace_back(-sum, i);
  }
  std::sort(all.begin(), all.end());
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < std::min(k, all.size()); ++i) out.push_back(all[i].second);
  return out;
}

std::vector<std::uint32_t> ordinals(const std::vector<Near>& found) {
  std::vector<std::uint32_t> out;
  for (const Near& one : found) out.push_back(one.ordinal);
  return out;
}

double shared(std::vector<std::uint32_t> a, std::vector<std::uint32_t> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  std::vector<std::uint32_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return b.empty() ? 1 : static_cast<double>(both.size()) / static_cast<double>(b.size());
}

TEST(Kernels, every_kind_of_cpu_computes_the_same) {
  ClusteredVectors source(1024, {.centres = 1}, 5);
  const auto rows = source.matrix(2);
  std::vector<std::int8_t> codes(2 * 1024);
  for (auto& code : codes)
    code = static_cast<std::int8_t>(static_cast<int>(source.draw() % 255) - 127);
  for (const char* name : {"avx512", "avx2", "plain"}) {
    const Kernels* const some = kernels(name);
    if (some == nullptr) continue;  // not on this CPU
    for (const std::size_t n : {0U, 1U, 7U, 8U, 31U, 33U, 63U, 64U, 65U, 384U, 1000U, 1024U}) {
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += double{rows[i]} * rows[1024 + i];
      EXPECT_NEAR(some->dot(rows.data(), rows.data() + 1024, n), sum, 1e-5) << name << n;
    }
    for (std::size_t n = 0; n <= 1024; n += 64) {
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += codes[i] * codes[1024 + i];
      EXPECT_EQ(some->dot_codes(codes.data(), codes.data() + 1024, n), sum) << name << n;
    }
  }
  const std::vector<std::int8_t> most(65'536, -127);
  EXPECT_EQ(kernels().dot_codes(most.data(), most.data(), most.size()), 127 * 127 * 65'536);
}

TEST(Vectors, a_scan_is_exact_in_any_dimension) {
  for (const std::uint32_t dimensions : {1U, 3U, 64U, 100U, 384U, 385U}) {
    ClusteredVectors source(dimensions, {.centres = 5}, dimensions);
    const auto matrix = source.matrix(700);
    const Mapped section(built(matrix, dimensions, 20'000));
    const auto view = VectorView::open(section.bytes());
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->count(), 700U);
    EXPECT_EQ(view->dimensions(), dimensions);
    EXPECT_FALSE(view->has_graph());
    EXPECT_EQ(view->vector(699), std::vector<float>(matrix.end() - dimensions, matrix.end()));
    for (int i = 0; i < 20; ++i) {
      const auto query = source.matrix(1);
      VectorView::Plan plan;
      const auto found = view->nearest(query, 10, nullptr, &plan);
      EXPECT_EQ(plan.way, VectorView::Plan::Way::exact);
      EXPECT_EQ(plan.compared, 700U);
      EXPECT_EQ(found, view->nearest_exact(query, 10, nullptr));
      if (dimensions < 64) continue;  // in few dimensions similarities round to ties
      EXPECT_EQ(ordinals(found), plainly_nearest(matrix, query, 10, nullptr));
    }
  }
}

TEST(Vectors, equals_come_in_the_order_of_ordinals) {
  std::vector<float> matrix;
  for (int i = 0; i < 50; ++i) matrix.insert(matrix.end(), {0.6F, 0.8F});
  const Mapped section(built(matrix, 2, 1));
  const auto view = VectorView::open(section.bytes());
  ASSERT_TRUE(view.has_value());
  const std::vector<float> query{1, 0};
  const auto found = view->nearest(query, 4, nullptr);
  EXPECT_EQ(ordinals(found), (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_NEAR(found[0].similarity, 0.6F, 1e-6);
}

TEST(Vectors, zeros_and_what_is_no_number_are_never_found) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> matrix{0, 0, 1, 0, nan, 1, 0, 1, -0.0F, 0};
  for (const std::uint32_t from : {1U, 100U}) {
    const Mapped section(built(matrix, 2, from));
    const auto view = VectorView::open(section.bytes());
    ASSERT_TRUE(view.has_value());
    const std::vector<float> query{0.8F, 0.6F};
    EXPECT_EQ(ordinals(view->nearest(query, 10, nullptr)), (std::vector<std::uint32_t>{1, 3}));
    EXPECT_EQ(ordinals(view->nearest_exact(query, 10, nullptr)),
              (std::vector<std::uint32_t>{1, 3}));
    EXPECT_TRUE(view->nearest(std::vector<float>{0, 0}, 10, nullptr).empty());
    EXPECT_TRUE(view->nearest(std::vector<float>{nan, 0}, 10, nullptr).empty());
  }
}

TEST(Vectors, nothing_is_a_section_too) {
  const Mapped section(built({}, 384, 1));
  const auto view = VectorView::open(section.bytes());
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->count(), 0U);
  EXPECT_TRUE(view->nearest(std::vector<float>(384, 0.05F), 10, nullptr).empty());
  EXPECT_TRUE(VectorView().nearest({}, 10, nullptr).empty());
  const Mapped zeros(built(std::vector<float>(384 * 5), 384, 1));
  EXPECT_FALSE(VectorView::open(zeros.bytes())->has_graph());
}

class Graph : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kDimensions = 64;
  static constexpr std::size_t kCount = 20'000;
  static void SetUpTestSuite() {
    source_ = new ClusteredVectors(kDimensions, {.centres = 40}, 11);
    matrix_ = new std::vector<float>();
    matrix_->resize(kCount * kDimensions);
    centres_ = new std::vector<std::size_t>(kCount);
    for (std::size_t i = 0; i < kCount; ++i)
      source_->next(matrix_->data() + i * kDimensions, &(*centres_)[i]);
    section_ = new Mapped(built(*matrix_, kDimensions, 1));
    view_ = *VectorView::open(section_->bytes());
  }
  static void TearDownTestSuite() {
    delete section_;
    delete centres_;
    delete matrix_;
    delete source_;
  }
  static inline ClusteredVectors* source_ = nullptr;
  static inline std::vector<float>* matrix_ = nullptr;
  static inline std::vector<std::size_t>* centres_ = nullptr;
  static inline Mapped* section_ = nullptr;
  static inline VectorView view_;
};

TEST_F(Graph, finds_what_a_scan_finds_at_a_fraction_of_the_work) {
  double recall = 0;
  std::size_t compared = 0;
  for (int i = 0; i < 100; ++i) {
    const auto query = source_->matrix(1);
    VectorView::Plan plan;
    const auto found = view_.nearest(query, 10, nullptr, &plan);
    EXPECT_EQ(plan.way, VectorView::Plan::Way::graph);
    recall += shared(ordinals(found), ordinals(view_.nearest_exact(query, 10, nullptr))) / 100;
    compared += plan.compared / 100;
    for (const Near& one : found) {  // similarities are the matrix's, not the codes'
      const auto vector = view_.vector(one.ordinal);
      EXPECT_EQ(one.similarity, kernels().dot(vector.data(), query.data(), query.size()));
    }
  }
  EXPECT_GE(recall, 0.98);
  EXPECT_LT(compared, kCount / 4);
}

TEST_F(Graph, always_finds_as_many_as_are_allowed) {
  for (const double share : {0.00005, 0.001, 0.01, 0.1, 0.5, 0.9}) {
    double recall = 0;
    for (int i = 0; i < 20; ++i) {
      Bitmap allowed(kCount);
      for (std::size_t n = 0; n < kCount; ++n) {
        if (source_->uniform() < share) allowed.set(n);
      }
      const auto query = source_->matrix(1);
      const auto found = view_.nearest(query, 10, &allowed);
      EXPECT_EQ(found.size(), std::min<std::size_t>(10, allowed.count()));
      for (const Near& one : found) EXPECT_TRUE(allowed.test(one.ordinal));
      recall += shared(ordinals(found), ordinals(view_.nearest_exact(query, 10, &allowed))) / 20;
    }
    EXPECT_GE(recall, 0.98) << share;
  }
}

// Nothing near the query is allowed: a walk would wander, and must neither give fewer nor worse.
TEST_F(Graph, a_filter_against_the_query_ends_in_a_scan) {
  Bitmap allowed(kCount);
  const std::size_t home = (*centres_)[0];
  for (std::size_t i = 0; i < kCount; ++i) {
    if ((*centres_)[i] != home) allowed.set(i);
  }
  const std::span<const float> query(matrix_->data(), kDimensions);
  const auto found = view_.nearest(query, 200, &allowed);
  EXPECT_EQ(found.size(), 200U);
  EXPECT_GE(shared(ordinals(found), ordinals(view_.nearest_exact(query, 200, &allowed))), 0.9);
}

TEST_F(Graph, more_than_there_are_gives_all) {
  EXPECT_EQ(view_.nearest(source_->matrix(1), kCount + 5, nullptr).size(), kCount);
}

// Recorded: the same bytes on every machine, whatever its CPU, or a backup could not be compared.
TEST(GraphBuild, is_the_same_on_every_machine) {
  std::vector<float> matrix(3000 * 32);
  std::uint32_t state = 1;
  for (float& x : matrix) {
    state = state * 1664525 + 1013904223;
    x = static_cast<float>(static_cast<std::int32_t>(state) >> 8) * 0x1p-26F;
  }
  EXPECT_EQ(sha256_hex(built(matrix, 32, 1)).substr(0, 16), "9d0c107e84fe6cb3");
}

TEST(GraphBuild, gives_up_when_stopped) {
  const auto matrix = ClusteredVectors(32, {}, 1).matrix(2000);
  int asked = 0;
  const auto stop = [](void* count) { return ++*static_cast<int*>(count) > 3; };
  const auto section = build_vectors(matrix, 32, graph_from(1), stop, &asked);
  ASSERT_FALSE(section.has_value());
  EXPECT_EQ(section.error().code, Code::cancelled);
  EXPECT_EQ(asked, 4);
}

TEST(GraphBuild, refuses_what_is_no_matrix) {
  EXPECT_EQ(build_vectors(std::vector<float>(7), 2, {}).error().code, Code::invalid_request);
  EXPECT_EQ(build_vectors(std::vector<float>(7), 0, {}).error().code, Code::invalid_request);
  EXPECT_EQ(build_vectors(std::vector<float>(4), 2, {.neighbours = 1}).error().code,
            Code::invalid_request);
}

}  // namespace
}  // namespace maester::retrieval
