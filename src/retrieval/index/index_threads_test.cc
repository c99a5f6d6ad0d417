// Searches, commits and merges beside each other: what a commit acknowledged is in every snapshot
// taken after it, and nothing is there twice.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <charconv>
#include <set>
#include <thread>

#include "retrieval/index.h"
#include "store/file_system.h"
#include "store/test_directory.h"

namespace maester::retrieval {
namespace {

constexpr std::size_t kDocuments = 10;

struct Shared {
  std::unique_ptr<Index> index;
  std::array<std::atomic<int>, kDocuments> acknowledged{};  // versions; 0 = none yet
  std::atomic<bool> ended = false;
  std::atomic<int> faults = 0, searches = 0, merges = 0;
};

void write(Shared& shared) {
  for (int version = 1; version <= 120; ++version) {
    const auto n = static_cast<std::size_t>(version) % kDocuments;
    const std::string text = "everywhere " + std::to_string(version);
    IndexDocument document;
    document.id.bytes[15] = static_cast<std::uint8_t>(n);
    document.text = text;
    document.chunks.emplace_back().end = text.size();
    if (!shared.index->commit({&document, 1}, {})) ++shared.faults;
    shared.acknowledged[n] = version;
  }
  shared.ended = true;
}

void merge(Shared& shared) {
  while (!shared.ended) {
    const auto merged = shared.index->merge();
    if (!merged) ++shared.faults;
    shared.merges += merged && *merged ? 1 : 0;
    std::this_thread::yield();
  }
}

void search(Shared& shared) {
  Query query;
  query.mode = Mode::lexical;
  query.text = "everywhere";
  query.top_k = 100;
  while (!shared.ended) {
    std::array<int, kDocuments> least{};
    for (std::size_t n = 0; n < kDocuments; ++n) least[n] = shared.acknowledged[n];
    const SnapshotPtr snapshot = shared.index->snapshot();
    const auto found = snapshot->search(query);
    if (!found) {
      ++shared.faults;
      continue;
    }
    std::set<std::size_t> seen;
    for (const Hit& hit : found->hits) {
      const std::size_t n = hit.document.bytes[15];
      int version = 0;
      const std::string_view digits = hit.text.substr(hit.text.rfind(' ') + 1);
      std::from_chars(digits.data(), digits.data() + digits.size(), version);
      if (!seen.insert(n).second || version < least[n]) ++shared.faults;
      least[n] = 0;
    }
    for (const int missing : least) shared.faults += missing > 0 ? 1 : 0;
    ++shared.searches;
  }
}

TEST(IndexThreads, SearchesCommitsAndMergesRunBesideEachOther) {
  store::TestDirectory directory;
  store::PosixFileSystem files;
  Shared shared;
  shared.index = *Index::open(files, directory.path() + "/index", {});
  std::thread merger(merge, std::ref(shared)), first(search, std::ref(shared)),
      second(search, std::ref(shared));
  write(shared);
  for (std::thread* thread : {&merger, &first, &second}) thread->join();
  EXPECT_EQ(shared.faults, 0);
  EXPECT_GT(shared.searches, 0);
  EXPECT_TRUE(shared.index->verify().has_value());
  EXPECT_EQ(shared.index->snapshot()->documents(), kDocuments);
}

}  // namespace
}  // namespace maester::retrieval
