#include "obs/metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace maester::obs {
namespace {

TEST(Counter, LosesNothingAcrossThreads) {
  Counter counter;
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) counter.add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 60'000u);
}

TEST(Histogram, ABucketHoldsWhatIsAtMostItsBound) {
  const double bounds[] = {1, 2};
  Histogram histogram(bounds);
  for (const double v : {0.5, 1.0, 1.5, 2.0, 2.5}) histogram.record(v);
  const auto snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.buckets, (std::vector<std::uint64_t>{2, 2, 1}));
  EXPECT_EQ(snapshot.count, 5u);
  EXPECT_DOUBLE_EQ(snapshot.sum, 7.5);
}

TEST(Histogram, NotANumberIsCountedAndFallsIntoTheLastBucket) {
  const double bounds[] = {1};
  Histogram histogram(bounds);
  histogram.record(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(histogram.snapshot().buckets, (std::vector<std::uint64_t>{0, 1}));
}

TEST(Histogram, LosesNothingAcrossThreads) {
  Histogram histogram(genai_duration_buckets());
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) histogram.record(1);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(histogram.snapshot().count, 24'000u);
  EXPECT_DOUBLE_EQ(histogram.snapshot().sum, 24'000);
}

TEST(Registry, TheSameNameAndLabelsAreTheSameSeries) {
  Registry registry;
  Counter& a = registry.counter("maester_x_total", "X.", {{"model", "m"}});
  Counter& b = registry.counter("maester_x_total", "X.", {{"model", "m"}});
  Counter& c = registry.counter("maester_x_total", "X.", {{"model", "n"}});
  EXPECT_EQ(&a, &b);
  EXPECT_NE(&a, &c);
}

TEST(Registry, LabelValuesThatJoinToTheSameTextAreApart) {
  Registry registry;
  Counter& a = registry.counter("maester_x_total", "X.", {{"p", "1:a"}, {"q", "b"}});
  Counter& b = registry.counter("maester_x_total", "X.", {{"p", "1"}, {"q", "a:b"}});
  EXPECT_NE(&a, &b);
}

TEST(Registry, FurtherLabelValuesFoldIntoOther) {
  Registry registry;
  for (std::size_t i = 0; i < Registry::kMaxSeries + 50; ++i) {
    registry.counter("maester_x_total", "X.", {{"user", std::to_string(i)}}).add();
  }
  std::size_t series = 0;
  std::uint64_t other = 0, sum = 0;
  registry.visit([&](const Registry::Series& s) {
    ++series;
    sum += s.counter->value();
    if (s.labels[0].value == "other") other = s.counter->value();
  });
  EXPECT_EQ(series, Registry::kMaxSeries);
  EXPECT_EQ(other, 51u);
  EXPECT_EQ(sum, Registry::kMaxSeries + 50) << "folding must not lose counts";
}

TEST(Registry, VisitsFamilyByFamily) {
  Registry registry;
  registry.counter("maester_a_total", "A.", {{"l", "1"}});
  registry.gauge("maester_b", "B.").set(-4);
  registry.counter("maester_a_total", "A.", {{"l", "2"}});
  std::vector<std::string> names;
  registry.visit([&](const Registry::Series& s) { names.emplace_back(s.name); });
  EXPECT_EQ(names, (std::vector<std::string>{"maester_a_total", "maester_a_total", "maester_b"}));
}

}  // namespace
}  // namespace maester::obs
