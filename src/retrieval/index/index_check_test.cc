#include "retrieval/index_check.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "retrieval/index/random_documents.h"
#include "store/file_copy.h"
#include "store/file_system.h"
#include "store/test_directory.h"

namespace maester::retrieval {
namespace {

class IndexCheckTest : public ::testing::Test {
 protected:
  std::unique_ptr<Index> make(std::uint32_t documents, const GraphSettings& graph) {
    IndexSettings settings;
    settings.dimensions = 16;
    settings.graph = graph;
    auto index = std::move(*Index::open(files_, path("index"), settings));
    RandomDocuments random(7, 16);
    std::vector<ModelIndex::Document> made;
    for (std::uint32_t i = 0; i < documents; ++i)
      made.push_back(random.document(RandomDocuments::id(i)));
    std::vector<IndexDocument> added;
    for (ModelIndex::Document& one : made) {
      one.document.text = one.text;
      for (std::size_t c = 0; c < one.vectors.size(); ++c)
        one.document.chunks[c].vector = one.vectors[c];
      added.push_back(one.document);
    }
    EXPECT_TRUE(index->commit(added, {}));
    return index;
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  // A second directory of what a snapshot names.
  void copy(const Snapshot& snapshot) {
    ASSERT_TRUE(files_.create_directories(path("copy")));
    const Snapshot::Files files = snapshot.files();
    for (const std::string& segment : files.segments) {
      const std::string name = std::filesystem::path(segment).filename();
      ASSERT_TRUE(store::link_file(segment, path("copy") + "/" + name));
    }
    ASSERT_TRUE(store::write_file(path("copy") + "/manifest", files.manifest));
  }
  store::TestDirectory directory_;
  store::PosixFileSystem files_;
};

TEST_F(IndexCheckTest, ACopyOfASnapshotIsThatSnapshotWhateverHappenedSince) {
  const auto index = make(60, {});
  const SnapshotPtr before = index->snapshot();
  std::vector<Uuid> removed;
  for (std::uint32_t i = 0; i < 30; ++i) removed.push_back(RandomDocuments::id(i));
  ASSERT_TRUE(index->commit({}, removed));
  while (*index->merge()) {
  }
  copy(*before);
  const auto check = check_index(files_, path("copy"));
  ASSERT_TRUE(check) << check.error().message << check.error().detail;
  EXPECT_EQ(check->documents, 60u);
  EXPECT_GT(check->vectors, 20u);
  EXPECT_GT(check->terms, 100u);
  EXPECT_EQ(check->recall, 1);
  const auto copied = open_as_it_is(files_, path("copy"));
  for (const Uuid& id : removed) EXPECT_TRUE((*copied)->snapshot()->contains(id));
  ASSERT_TRUE((*copied)->commit({}, removed));  // it goes on from there
  EXPECT_EQ((*copied)->snapshot()->documents(), 30u);
}

TEST_F(IndexCheckTest, AFlippedByteIsFoundAndItsPlaceNamed) {
  copy(*make(40, {})->snapshot());
  for (const std::string& name : *store::list_tree(path("copy"))) {
    const std::string file = path("copy") + "/" + name, good = *store::read_whole_file(file);
    const std::size_t at = name == "manifest" ? 30 : 520;  // of a segment: in its texts
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    std::filesystem::remove(file);
    ASSERT_TRUE(store::write_file(file, bad));
    const auto check = check_index(files_, path("copy"));
    ASSERT_FALSE(check) << name;
    EXPECT_EQ(check.error().code, Code::corrupt);
    EXPECT_NE(check.error().message.find(path("copy")), std::string::npos);
    std::filesystem::remove(file);
    ASSERT_TRUE(store::write_file(file, good));
  }
  EXPECT_TRUE(check_index(files_, path("copy")));
}

// A graph that finds little passes every checksum.
TEST_F(IndexCheckTest, AGraphThatFindsTooLittleIsRefused) {
  const auto index =
      make(1500, {.neighbours = 2, .candidates = 2, .search_candidates = 1, .from = 100});
  while (*index->merge()) {  // it makes the graph
  }
  ASSERT_TRUE(index->verify());
  const IndexCheck check = probe(*index->snapshot(), 100);
  EXPECT_GT(check.vectors, 50u);
  EXPECT_LT(check.recall, kLeastRecall);
  const Status judged = judge(check);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().code, Code::corrupt);
}

TEST_F(IndexCheckTest, NoIndexIsNotFound) {
  ASSERT_TRUE(files_.create_directories(path("empty")));
  EXPECT_EQ(check_index(files_, path("empty")).error().code, Code::not_found);
}

}  // namespace
}  // namespace maester::retrieval
