#include "telemetry/span_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "codec/json.h"

namespace maester::telemetry {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

// A clock that a test may move while the store's thread reads it.
class SharedClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime{nanoseconds{wall_.load()}}; }
  MonoTime mono() const override { return MonoTime{nanoseconds{wall_.load()}}; }
  void advance(nanoseconds by) { wall_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_{1'700'000'000'000'000'000};
};

class SpanStoreTest : public testing::Test {
 protected:
  SpanStoreTest()
      : directory_(fs::temp_directory_path() / ("span_store_" + ids_.uuid().to_string())) {
    config_.directory = directory_.string();
    config_.flush_every = milliseconds{20};
  }
  ~SpanStoreTest() override {
    store_.reset();
    fs::remove_all(directory_);
  }

  SpanStore& store() {
    if (!store_) {
      auto opened = SpanStore::open(clock_, config_);
      EXPECT_TRUE(opened.has_value());
      store_ = std::move(*opened);
    }
    return *store_;
  }
  void restart() {
    store_.reset();
    store();
  }

  FinishedTrace make(std::string tenant, std::string name = "chat m") {
    return make(std::move(tenant), std::move(name), ids_.trace_id());
  }
  FinishedTrace make(std::string tenant, std::string name, TraceId id) {
    FinishedTrace finished{std::move(tenant), ids_.uuid(), obs::Trace(id, SpanId{}, true)};
    const WallTime now = clock_.wall();
    const auto root =
        finished.trace.begin(ids_.span_id(), -1, std::move(name), obs::SpanKind::server, now);
    const auto child = finished.trace.begin(ids_.span_id(), static_cast<int>(root), "attempt",
                                            obs::SpanKind::client, now + milliseconds{1});
    finished.trace.end(child, now + milliseconds{5});
    finished.trace.end(root, now + milliseconds{7});
    return finished;
  }

  std::vector<fs::path> files(const std::string& extension) const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      if (entry.path().extension() == extension) out.push_back(entry.path());
    }
    return out;
  }

  SharedClock clock_;
  SystemRandom random_;
  IdGenerator ids_{clock_, random_};
  const fs::path directory_;
  SpanStoreConfig config_;
  std::unique_ptr<SpanStore> store_;
};

TEST_F(SpanStoreTest, ATraceIsReadAtOnceByItsIdAndByItsRequest) {
  const FinishedTrace trace = make("acme");
  store().record(trace);
  const auto by_trace = store().find("acme", trace.trace.id());
  const auto by_request = store().find("acme", trace.request_id);
  ASSERT_TRUE(by_trace.has_value());
  ASSERT_TRUE(by_request.has_value());
  EXPECT_EQ(*by_trace, *by_request);
  const auto doc = json::Document::parse(*by_trace);
  ASSERT_TRUE(doc.has_value());
  EXPECT_EQ(doc->root().get("trace_id").string_or(""), trace.trace.id().to_string());
  const json::Value spans = doc->root().get("spans");
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_TRUE(spans.at(0).get("parent_span_id").is_null());
  EXPECT_EQ(spans.at(1).get("parent_span_id").string_or(""),
            spans.at(0).get("span_id").string_or("-"));
  EXPECT_EQ(spans.at(0).get("duration_ms").raw(), "7.000");
}

TEST_F(SpanStoreTest, AnotherTenantsTraceIsAsNone) {
  const FinishedTrace trace = make("acme");
  store().record(trace);
  const auto foreign = store().find("other", trace.trace.id());
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error(), store().find("other", ids_.trace_id()).error());
  EXPECT_FALSE(store().find("other", trace.request_id).has_value());
  EXPECT_TRUE(store().list("other", 10, "")->traces.empty());
}

TEST_F(SpanStoreTest, RequestsOfOneTraceAreAnsweredTogether) {
  const TraceId shared = ids_.trace_id();
  const FinishedTrace first = make("acme", "one", shared);
  store().record(first);
  store().flush();
  clock_.advance(hours{2});
  store().record(make("acme", "two", shared));
  store().record(make("other", "three", shared));
  EXPECT_EQ(json::Document::parse(*store().find("acme", shared))->root().get("spans").size(), 4u);
  EXPECT_EQ(
      json::Document::parse(*store().find("acme", first.request_id))->root().get("spans").size(),
      2u);
}

TEST_F(SpanStoreTest, EverythingIsThereAfterARestart) {
  std::vector<FinishedTrace> traces;
  for (int i = 0; i < 300; ++i) {
    traces.push_back(make("acme"));
    store().record(traces.back());
    if (i % 100 == 99) {
      store().flush();
      clock_.advance(hours{1});
    }
  }
  restart();
  for (const FinishedTrace& trace : traces) {
    EXPECT_TRUE(store().find("acme", trace.trace.id()).has_value());
    EXPECT_TRUE(store().find("acme", trace.request_id).has_value());
  }
  EXPECT_EQ(files(".spans").size(), 3u);
  EXPECT_EQ(files(".index").size(), 3u);
}

TEST_F(SpanStoreTest, ATornTailIsCutAndWhatStoodBeforeIsKept) {
  const FinishedTrace kept = make("acme"), torn = make("acme");
  store().record(kept);
  store().flush();
  store().record(torn);
  store_.reset();
  for (const auto& index : files(".index")) fs::remove(index);  // as if killed
  const fs::path segment = files(".spans").at(0);
  fs::resize_file(segment, fs::file_size(segment) - 5);
  EXPECT_TRUE(store().find("acme", kept.trace.id()).has_value());
  EXPECT_FALSE(store().find("acme", torn.trace.id()).has_value());
  store().record(torn);
  EXPECT_TRUE(store().find("acme", torn.trace.id()).has_value());
}

TEST_F(SpanStoreTest, ADamagedIndexIsMadeAgain) {
  const FinishedTrace trace = make("acme");
  store().record(trace);
  store_.reset();
  const fs::path index = files(".index").at(0);
  std::fstream(index, std::ios::in | std::ios::out).seekp(9).put('\x77');
  EXPECT_TRUE(store().find("acme", trace.trace.id()).has_value());
}

TEST_F(SpanStoreTest, AFlippedByteIsNeverServed) {
  const FinishedTrace trace = make("acme");
  store().record(trace);
  store_.reset();
  const fs::path segment = files(".spans").at(0);
  std::fstream(segment, std::ios::in | std::ios::out).seekp(120).put('\x01');
  EXPECT_FALSE(store().find("acme", trace.trace.id()).has_value());
}

TEST_F(SpanStoreTest, OldSegmentsAreDroppedWhole) {
  config_.retention_days = 1;
  const FinishedTrace old = make("acme");
  store().record(old);
  store().flush();
  clock_.advance(hours{20});
  const FinishedTrace young = make("acme");
  store().record(young);
  EXPECT_TRUE(store().find("acme", old.trace.id()).has_value());
  clock_.advance(hours{10});
  EXPECT_FALSE(store().find("acme", old.trace.id()).has_value());
  EXPECT_TRUE(store().find("acme", young.trace.id()).has_value());
  EXPECT_EQ(files(".spans").size(), 1u);
}

TEST_F(SpanStoreTest, TheOldestGoWhenAllAreTooLarge) {
  config_.segment_bytes = 4096;
  config_.max_bytes = 20'000;
  FinishedTrace last = make("acme");
  for (int i = 0; i < 100; ++i) {
    last = make("acme");
    store().record(last);
    store().flush();
  }
  EXPECT_LT(store().stats().bytes, 20'000u + 8192u);
  EXPECT_TRUE(store().find("acme", last.trace.id()).has_value());
}

TEST_F(SpanStoreTest, ListsATenantsTracesNewestFirstPageByPage) {
  config_.segment_bytes = 8192;
  std::vector<std::string> expected;
  for (int i = 0; i < 57; ++i) {
    const FinishedTrace mine = make("acme", "name " + std::to_string(i));
    expected.insert(expected.begin(), mine.request_id.to_string());
    store().record(mine);
    store().record(make("other"));
    store().flush();  // so that the order of writing is the order of recording
  }
  std::vector<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = store().list("acme", 10, cursor);
    ASSERT_TRUE(page.has_value());
    ASSERT_LE(page->traces.size(), 10u);
    for (const TraceSummary& one : page->traces) seen.push_back(one.request_id.to_string());
    cursor = page->next_cursor;
    ASSERT_LT(++pages, 20);
  } while (!cursor.empty());
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(store().list("acme", 1, "")->traces[0].name, "name 56");
  EXPECT_EQ(store().list("acme", 1, "")->traces[0].duration, milliseconds{7});
}

TEST_F(SpanStoreTest, ACursorThatIsNotOursIsRefused) {
  for (const char* cursor : {"x", "1", "1.", ".1", "1.2x", "-1.2", "99999999999999999999.1"}) {
    const auto page = store().list("acme", 10, cursor);
    ASSERT_FALSE(page.has_value()) << cursor;
    EXPECT_EQ(page.error().code, Code::invalid_request);
  }
  EXPECT_TRUE(store().list("acme", 10, "5.18446744073709551615").has_value());
}

TEST_F(SpanStoreTest, ThreadsRecordWhileOthersRead) {
  store();
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) (void)store_->list("acme", 5, "");
  });
  std::vector<std::thread> writers;
  std::vector<std::vector<FinishedTrace>> traces(4);
  for (auto& mine : traces) {
    for (int i = 0; i < 250; ++i) mine.push_back(make("acme"));
  }
  for (const auto& mine : traces) {
    writers.emplace_back([&] {
      for (const FinishedTrace& trace : mine) store_->record(trace);
    });
  }
  for (auto& thread : writers) thread.join();
  done = true;
  reader.join();
  for (const auto& mine : traces) {
    for (const auto& trace : mine) {
      EXPECT_TRUE(store().find("acme", trace.request_id).has_value());
    }
  }
}

TEST_F(SpanStoreTest, AFullBufferDropsAndCounts) {
  config_.max_buffered = 10;
  config_.flush_every = hours{1};
  for (int i = 0; i < 25; ++i) store().record(make("acme"));
  store().flush();
  const SpanStoreStats stats = store().stats();
  EXPECT_EQ(stats.written, 10u);
  EXPECT_EQ(stats.dropped, 15u);
}

TEST_F(SpanStoreTest, AFolderThatCannotBeUsedIsAnError) {
  config_.directory = "/proc/nowhere";
  const auto opened = SpanStore::open(clock_, config_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::io_error);
}

TEST_F(SpanStoreTest, FilesThatAreNotOursAreLeftAlone) {
  fs::create_directories(directory_);
  std::ofstream(directory_ / "notes.spans") << "mine";
  std::ofstream(directory_ / "0000000007-2023111422.spans") << "damaged";
  store().record(make("acme"));
  store().flush();
  EXPECT_TRUE(fs::exists(directory_ / "notes.spans"));
  EXPECT_TRUE(fs::exists(directory_ / "0000000007-2023111422.spans"));
  EXPECT_TRUE(fs::exists(directory_ / "0000000008-2023111422.spans"));
}

}  // namespace
}  // namespace maester::telemetry
