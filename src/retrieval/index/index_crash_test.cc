// The power is cut (or the process killed) at every step of an index's life, in every way; and
// every call of the disk fails once. What a commit acknowledged is found, what it removed is not,
// and of one that was not acknowledged there is all or nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "retrieval/index.h"
#include "store/faulty_file_system.h"

namespace maester::retrieval {
namespace {

using store::Crash;
using store::FaultyFileSystem;

using State = std::map<Uuid, std::string>;  // texts of the documents

Uuid id_of(std::uint8_t n) {
  Uuid out;
  out.bytes[15] = n;
  return out;
}

// What an index says that it holds, by all its ways of saying it; or what is wrong with it.
std::string read_state(const Index& index, State& state) {
  const Status verified = index.verify();
  if (!verified) return "verify: " + verified.error().detail;
  const SnapshotPtr snapshot = index.snapshot();
  Query query;
  query.mode = Mode::lexical;
  query.text = "everywhere";
  query.top_k = query.depth = 1000;
  const auto found = snapshot->search(query);
  if (!found) return found.error().message;
  for (const Hit& hit : found->hits) {
    if (!state.emplace(hit.document, hit.text).second) return "a document is there twice";
    if (!snapshot->contains(hit.document)) return "found but not contained";
  }
  if (snapshot->documents() != state.size()) return "the number of documents";
  for (std::uint8_t n = 0; n < 16; ++n) {
    if (snapshot->contains(id_of(n)) != state.contains(id_of(n))) return "contained but not found";
  }
  return "";
}

class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed) { open(); }

  FaultyFileSystem& disk() { return disk_; }
  Index* index() { return index_.get(); }
  const State& committed() const { return committed_; }

  Status open() {
    index_.reset();
    auto opened = Index::open(disk_, "index", {});
    if (!opened) return fail(std::move(opened).error());
    index_ = std::move(*opened);
    return {};
  }

  // Adds, replaces and removes a few of sixteen documents.
  Status commit() {
    std::vector<std::string> texts;
    std::vector<IndexDocument> added(1 + random_.below(2));
    std::vector<Uuid> removed;
    for (std::uint64_t n = random_.below(3); n > 0; --n) removed.push_back(random_id());
    State intended = committed_;
    for (const Uuid& id : removed) intended.erase(id);
    for (IndexDocument& document : added) {
      texts.push_back("everywhere version " + std::to_string(++version_));
      document.id = random_id();
      intended[document.id] = texts.back();
    }
    for (std::size_t i = 0; i < added.size(); ++i) {
      added[i].text = texts[i];
      added[i].chunks.emplace_back().end = texts[i].size();
    }
    unsure_.push_back(intended);
    const Status done = index_->commit(added, removed);
    if (done) {
      committed_ = std::move(intended);
      unsure_.clear();
    }
    return done;
  }

  // A merge with commits in the middle of it.
  Status merge() {
    static constexpr auto kBeside = [](void* life) {
      auto* self = static_cast<Life*>(life);
      if (self->random_.below(3) == 0) self->beside_ = self->commit();
      return false;
    };
    while (true) {
      TRY_ASSIGN(const bool merged, index_->merge(kBeside, this));
      if (!merged) return {};
      ++merges;
    }
  }

  Status run(int steps) {
    for (int i = 0; i < steps; ++i) {
      TRY(commit());
      if (i % 4 == 3) TRY(merge());
      TRY(beside_);
    }
    return {};
  }

  // The state after this crash must be one that was promised.
  std::string check(const std::unique_ptr<FaultyFileSystem>& after) const {
    auto index = Index::open(*after, "index", {});
    if (!index) return "open: " + index.error().message + " " + index.error().detail;
    State state;
    const std::string fault = read_state(**index, state);
    if (!fault.empty()) return fault;
    if (state != committed_ && std::find(unsure_.begin(), unsure_.end(), state) == unsure_.end()) {
      return "neither before nor after the commit";
    }
    const std::string text = "everywhere once more";
    IndexDocument more;
    more.id = id_of(15);
    more.text = text;
    more.chunks.emplace_back().end = text.size();
    if (!(*index)->commit({&more, 1}, {})) return "takes no further commit";
    for (const std::string& name : *after->list("index")) {
      if (name == "manifest.new") return "an unfinished file was left";
    }
    return "";
  }

  int merges = 0;

 private:
  Uuid random_id() { return id_of(static_cast<std::uint8_t>(random_.below(15))); }
  FaultyFileSystem disk_;
  SeededRandom random_;
  std::unique_ptr<Index> index_;
  State committed_;
  std::vector<State> unsure_;  // what failed or unfinished commits would have made
  Status beside_;
  int version_ = 0;
};

TEST(IndexCrash, EveryPromiseHoldsWhereverThePowerIsCut) {
  std::uint64_t points = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Life life(seed);
    std::string violation;
    std::uint64_t step = 0;
    const auto try_one = [&](Crash crash, std::uint64_t variant, bool in_flight) {
      if (!violation.empty()) return;
      ++points;
      violation = life.check(life.disk().after_crash(crash, step * 16 + variant, in_flight));
      if (!violation.empty()) {
        violation += " (seed " + std::to_string(seed) + ", step " + std::to_string(step) +
                     ", crash " + std::to_string(static_cast<int>(crash)) + ")";
      }
    };
    life.disk().on_change = [&](FaultyFileSystem::Op) {
      ++step;
      try_one(Crash::drop_unsynced, 0, true);
      for (const Crash crash : {Crash::subset, Crash::torn, Crash::reordered}) {
        try_one(crash, static_cast<std::uint64_t>(crash) * 2, true);
        try_one(crash, static_cast<std::uint64_t>(crash) * 2 + 1, true);
      }
      try_one(Crash::kill, 0, false);
      try_one(Crash::kill, 1, true);
    };
    const Status lived = life.run(24);
    life.disk().on_change = nullptr;  // the life's end removes files too, when `violation` is gone
    ASSERT_TRUE(lived.has_value());
    ASSERT_EQ(violation, "");
    EXPECT_GT(life.merges, 0);
  }
  EXPECT_GE(points, 3'000U);
  std::printf("%llu crash points\n", static_cast<unsigned long long>(points));
}

// Every call of the disk fails, one in each life. Nothing happened, or nobody can say and the index
// refuses to go on; opened again it holds what was promised.
TEST(IndexCrash, EveryFailingCallLeavesTheOldStateOrTheNew) {
  for (const Code code : {Code::io_error, Code::storage_full}) {
    std::uint64_t refusals = 0, recoveries = 0;
    for (std::uint64_t n = 1;; ++n) {
      Life life(5);
      life.disk().fail_nth(n, code);
      const Status done = life.run(12);
      if (!life.disk().failed()) break;
      life.disk().fail_nth(0, code);
      SCOPED_TRACE(n);
      if (!done) {
        // The call's own, or the refusal to merge after a commit beside it hit the fault.
        EXPECT_TRUE(done.error().code == code || done.error().code == Code::io_error);
        State served;
        if (life.index()->verify()) {
          EXPECT_EQ(read_state(*life.index(), served), "");
          EXPECT_EQ(served, life.committed());
        }
        const Status again = life.commit();
        ++(again ? recoveries : refusals);
        if (!again) EXPECT_EQ(again.error().code, Code::io_error);
      }
      ASSERT_EQ(life.check(life.disk().after_crash(Crash::kill, 1)), "");
    }
    EXPECT_GT(recoveries, 20U);
    EXPECT_GT(refusals, 5U);
    EXPECT_LT(refusals, recoveries);
  }
}

TEST(IndexCrash, ADocumentRemovedDuringAMergeStaysRemoved) {
  FaultyFileSystem disk;
  auto index = *Index::open(disk, "index", {});
  const std::string text = "everywhere";
  for (std::uint8_t n = 0; n < 8; ++n) {
    IndexDocument document;
    document.id = id_of(n);
    document.text = text;
    document.chunks.emplace_back().end = text.size();
    ASSERT_TRUE(index->commit({&document, 1}, {}));
  }
  ASSERT_EQ(index->size().segments, 8U);
  const auto remove_two = [](void* of) {
    const Uuid ids[] = {id_of(0), id_of(5)};
    EXPECT_TRUE(static_cast<Index*>(of)->commit({}, ids));
    return false;
  };
  ASSERT_TRUE(*index->merge(remove_two, index.get()));
  EXPECT_EQ(index->size().segments, 1U);
  State state;
  EXPECT_EQ(read_state(*index, state), "");
  EXPECT_EQ(state.size(), 6U);
  index.reset();
  index = *Index::open(disk, "index", {});
  state.clear();
  EXPECT_EQ(read_state(*index, state), "");
  EXPECT_EQ(state.size(), 6U);
  EXPECT_FALSE(index->snapshot()->contains(id_of(0)));
}

TEST(IndexCrash, FilesGoWithTheLastSnapshotThatReadsThem) {
  FaultyFileSystem disk;
  ManualClock clock;
  auto index = *Index::open(disk, "index", {}, &clock);
  const auto segments = [&] {
    std::size_t n = 0;
    for (const std::string& name : *disk.list("index")) n += name.ends_with(".seg") ? 1 : 0;
    return n;
  };
  const std::string text = "everywhere";
  for (std::uint8_t n = 0; n < 8; ++n) {
    IndexDocument document;
    document.id = id_of(n);
    document.text = text;
    document.chunks.emplace_back().end = text.size();
    ASSERT_TRUE(index->commit({&document, 1}, {}));
  }
  SnapshotPtr held = index->snapshot();
  const std::uint64_t sequence = held->sequence();
  ASSERT_TRUE(*index->merge());
  EXPECT_EQ(segments(), 9U);
  EXPECT_EQ(index->snapshot(sequence), held);  // still to be had by its number
  clock.advance(std::chrono::minutes(6));
  EXPECT_EQ(index->snapshot(sequence), nullptr);
  EXPECT_EQ(segments(), 9U);  // but somebody holds it
  EXPECT_EQ(held->documents(), 8U);
  held.reset();
  EXPECT_EQ(segments(), 1U);
}

TEST(IndexCrash, OtherSettingsAreAConflictAndAMissingManifestIsDamage) {
  FaultyFileSystem disk;
  {
    auto index = *Index::open(disk, "index", {});
    IndexDocument document;
    document.text = "text";
    document.chunks.emplace_back().end = 4;
    ASSERT_TRUE(index->commit({&document, 1}, {}));
  }
  IndexSettings other;
  other.analysis.stop_words = true;
  EXPECT_EQ(Index::open(disk, "index", other).error().code, Code::conflict);
  other = {};
  other.dimensions = 8;
  EXPECT_EQ(Index::open(disk, "index", other).error().code, Code::conflict);
  ASSERT_TRUE(disk.remove("index/manifest"));
  EXPECT_EQ(Index::open(disk, "index", {}).error().code, Code::corrupt);
}

}  // namespace
}  // namespace maester::retrieval
