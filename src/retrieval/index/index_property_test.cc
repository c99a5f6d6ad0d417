// Whatever is added, replaced, removed, merged and reopened: searches answer as the model does.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "retrieval/index/random_documents.h"
#include "store/faulty_file_system.h"

namespace maester::retrieval {
namespace {

class Bench {
 public:
  explicit Bench(std::uint64_t seed, std::uint32_t dimensions = 0, std::uint64_t vocabulary = 60)
      : draw(seed, dimensions, vocabulary) {
    settings.dimensions = dimensions;
    reopen();
  }
  void reopen() {
    index.reset();
    auto opened = Index::open(files, "index", settings);
    ASSERT_TRUE(opened.has_value()) << opened.error().message << opened.error().detail;
    index = std::move(*opened);
  }
  // Ids below `ids`, so documents are replaced and removed again and again.
  void commit(std::uint64_t documents, std::uint64_t ids) {
    std::vector<ModelIndex::Document> added;
    std::vector<Uuid> removed;
    while (draw.chance(2)) removed.push_back(RandomDocuments::id(draw.random().below(ids)));
    for (std::uint64_t i = 0; i < documents; ++i) {
      added.push_back(draw.document(RandomDocuments::id(draw.random().below(ids))));
    }
    commit(added, removed);
  }
  void commit(const std::vector<ModelIndex::Document>& added, const std::vector<Uuid>& removed) {
    std::vector<IndexDocument> documents;
    for (const Uuid& id : removed) model.documents.erase(id);
    for (const ModelIndex::Document& one : added) {
      documents.push_back(one.document);
      documents.back().text = one.text;
      for (std::size_t c = 0; c < one.vectors.size(); ++c) {
        documents.back().chunks[c].vector = one.vectors[c];
      }
      model.add(one);
    }
    const Status done = index->commit(documents, removed);
    ASSERT_TRUE(done.has_value()) << done.error().message << done.error().detail;
  }
  void some_life(int steps) {
    for (int i = 0; i < steps; ++i) {
      commit(draw.random().below(6), 60);
      if (draw.chance(4)) ASSERT_TRUE(index->merge().has_value());
      if (draw.chance(6)) reopen();
    }
  }
  void compare(const Query& query) {
    const auto want = query.mode == Mode::lexical  ? model.lexical(query)
                      : query.mode == Mode::vector ? model.by_vector(query)
                                                   : model.hybrid(query);
    const auto found = index->snapshot()->search(query);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    const std::size_t from = std::min(query.skip, want.size());
    const std::size_t count = std::min(query.top_k, want.size() - from);
    ASSERT_EQ(found->hits.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      const Hit& hit = found->hits[i];
      ASSERT_NEAR(hit.score, want[from + i].score, 1e-5) << i;
      ASSERT_EQ(hit.document, want[from + i].document) << i;
      ASSERT_EQ(hit.chunk, want[from + i].chunk) << i;
      const ModelIndex::Document& document = model.documents.at(hit.document);
      const IndexChunk& chunk = document.document.chunks[hit.chunk];
      ASSERT_EQ(hit.text, document.text.substr(hit.start, hit.end - hit.start));
      ASSERT_EQ(hit.start, chunk.start);
      ASSERT_EQ(hit.page, chunk.page);
      ASSERT_EQ(hit.context, chunk.context);
      ASSERT_EQ(hit.title, document.document.title);
      ASSERT_EQ(hit.source_id, document.document.source_id);
    }
    ASSERT_EQ(found->shares_term, !model.lexical(query).empty());
  }

  RandomDocuments draw;
  ModelIndex model;
  store::FaultyFileSystem files;  // no waiting for a disk

  IndexSettings settings;
  std::unique_ptr<Index> index;
};

class IndexProperties : public ::testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, IndexProperties,
                         ::testing::Range(std::uint64_t{1}, std::uint64_t{7}));

TEST_P(IndexProperties, SearchesAnswerAsTheModelDoes) {
  Bench bench(GetParam(), 8);
  bench.some_life(40);
  ASSERT_EQ(bench.index->snapshot()->documents(), bench.model.documents.size());
  for (int i = 0; i < 60; ++i) {
    for (const Mode mode : {Mode::lexical, Mode::vector, Mode::hybrid}) {
      SCOPED_TRACE(i);
      Query query = bench.draw.query(mode);
      const std::vector<float> vector = bench.draw.vector();
      if (mode != Mode::lexical) query.vector = vector;
      query.skip = bench.draw.random().below(10);
      bench.compare(query);
      if (HasFatalFailure()) return;
    }
  }
}

// Lists of many blocks, so that pruning has something to skip.
TEST_P(IndexProperties, PrunedSearchEqualsTheWholeOne) {
  Bench bench(GetParam() + 100, 0, 400);
  for (int commit = 0; commit < 3; ++commit) {
    std::vector<ModelIndex::Document> added;
    for (std::uint64_t i = 0; i < 900; ++i) {
      added.push_back(bench.draw.document(RandomDocuments::id(bench.draw.random().below(4000)), 6));
    }
    bench.commit(added, {});
  }
  // A few dead in a large segment, whose terms are then counted by looking the dead up.
  for (int i = 0; i < 3; ++i) bench.commit({}, {bench.model.documents.rbegin()->first});
  for (int i = 0; i < 12; ++i) {
    Query query = bench.draw.query(Mode::lexical);
    if (i % 2 == 0) query.filters.clear();
    query.groups = {"g0", "g1", "g2", "g3"};
    bench.compare(query);
    if (HasFatalFailure()) return;
  }
}

// Segments of many windows, where the promising ones are looked at first.
TEST(IndexWindows, ManyWindowsAreSearchedAsTheModelDoes) {
  Bench bench(77, 0, 3000);
  std::vector<ModelIndex::Document> added(600);
  for (std::uint64_t d = 0; d < added.size(); ++d) {
    added[d].document.id = RandomDocuments::id(d);
    for (int c = 0; c < 120; ++c) {
      IndexChunk chunk;
      chunk.start = added[d].text.size();
      added[d].text += bench.draw.text(2 + bench.draw.random().below(6)) + " ";
      chunk.end = added[d].text.size() - 1;
      added[d].document.chunks.push_back(chunk);
    }
    if (d % 50 == 7) added[d].document.groups = {"g1"};
    added[d].document.metadata.push_back({"n", {static_cast<double>(d)}});
  }
  bench.commit(added, {});
  bench.commit({}, {RandomDocuments::id(3)});
  for (int i = 0; i < 9; ++i) {
    Query query = bench.draw.query(Mode::lexical);
    query.text = bench.draw.text(3 + bench.draw.random().below(9));
    query.filters.clear();
    // In all documents, in half of them, in a few.
    if (i % 3 > 0) query.filters.push_back({Condition::Op::lte, "n", {i % 3 == 1 ? 300.0 : 4.0}});
    bench.compare(query);
    if (HasFatalFailure()) return;
  }
}

TEST_P(IndexProperties, MergingChangesNoResult) {
  Bench bench(GetParam() + 200, 8);
  bench.some_life(30);
  while (bench.index->size().segments < 8) bench.commit(1, 60);
  std::vector<Query> queries;
  std::vector<std::vector<float>> vectors;
  for (int i = 0; i < 20; ++i) vectors.push_back(bench.draw.vector());
  for (int i = 0; i < 20; ++i) {
    queries.push_back(bench.draw.query(i % 2 == 0 ? Mode::lexical : Mode::hybrid));
    queries.back().vector = vectors[static_cast<std::size_t>(i)];
  }
  const auto before = bench.index->snapshot();
  while (*bench.index->merge()) {
  }
  const auto after = bench.index->snapshot();
  ASSERT_LT(bench.index->size().segments, 8U);
  for (const Query& query : queries) {
    const Found a = *before->search(query), b = *after->search(query);
    ASSERT_EQ(a.hits.size(), b.hits.size());
    for (std::size_t i = 0; i < a.hits.size(); ++i) {
      EXPECT_EQ(a.hits[i].document, b.hits[i].document);
      EXPECT_EQ(a.hits[i].chunk, b.hits[i].chunk);
      EXPECT_EQ(a.hits[i].score, b.hits[i].score);  // to the last bit
    }
  }
}

TEST_P(IndexProperties, PagesAreCutFromOneList) {
  Bench bench(GetParam() + 300, 8);
  bench.some_life(30);
  const std::vector<float> vector = bench.draw.vector();
  for (const Mode mode : {Mode::lexical, Mode::vector, Mode::hybrid}) {
    Query query = bench.draw.query(mode);
    query.filters.clear();
    if (mode != Mode::lexical) query.vector = vector;
    query.depth = 30;
    query.top_k = 1000;
    const auto snapshot = bench.index->snapshot();
    const Found whole = *snapshot->search(query);
    bench.commit(3, 60);  // does not disturb who holds a snapshot
    std::size_t at = 0;
    for (query.top_k = 1;; query.top_k = query.top_k % 4 + 1) {
      query.skip = at;
      const Found page = *snapshot->search(query);
      for (const Hit& hit : page.hits) {
        ASSERT_LT(at, whole.hits.size());
        EXPECT_EQ(hit.document, whole.hits[at].document);
        EXPECT_EQ(hit.chunk, whole.hits[at].chunk);
        EXPECT_EQ(hit.score, whole.hits[at].score);
        ++at;
      }
      if (at >= page.fused) break;
    }
    EXPECT_EQ(at, whole.hits.size());
  }
}

// A page needs only as much of the words' list as can get into it: at every weight the results are
// those of the whole depth.
TEST_P(IndexProperties, AFusedPageEqualsThatOfTheWholeDepth) {
  Bench bench(GetParam() + 500, 8);
  bench.some_life(40);
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE(i);
    Query query = bench.draw.query(Mode::hybrid);
    const std::vector<float> vector = bench.draw.vector();
    query.vector = vector;
    query.filters.clear();
    query.groups = {"g0", "g1", "g2", "g3"};
    query.lexical_weight = 0.9;
    query.vector_weight = 0.01783 * static_cast<double>(1 + bench.draw.random().below(80));
    query.depth = 5 + bench.draw.random().below(100);
    query.top_k = 1 + bench.draw.random().below(12);
    query.skip = bench.draw.random().below(12);
    bench.compare(query);
    if (HasFatalFailure()) return;
    const Found page = *bench.index->snapshot()->search(query);
    const std::size_t end = query.skip + query.top_k;
    EXPECT_EQ(page.fused > end, bench.model.hybrid(query).size() > end);
  }
}

TEST_P(IndexProperties, ARemovedDocumentIsGoneAtOnce) {
  Bench bench(GetParam() + 400);
  bench.some_life(20);
  while (!bench.model.documents.empty()) {
    const Uuid id = bench.model.documents.begin()->first;
    bench.commit({}, {id});
    const auto snapshot = bench.index->snapshot();
    EXPECT_FALSE(snapshot->contains(id));
    Query query;
    query.mode = Mode::lexical;
    query.text = "w0 w1 w2 w3 w4 w5";
    query.groups = {"g0", "g1", "g2", "g3"};
    query.top_k = 1000;
    query.depth = 1000;
    for (const Hit& hit : snapshot->search(query)->hits) ASSERT_NE(hit.document, id);
    ASSERT_EQ(snapshot->documents(), bench.model.documents.size());
    if (bench.draw.chance(8)) ASSERT_TRUE(bench.index->merge().has_value());
  }
  EXPECT_EQ(bench.index->size().segments, 0U);
}

}  // namespace
}  // namespace maester::retrieval
