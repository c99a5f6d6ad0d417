// What `local-hash` is worth beside words, with the defaults of index.h: no harm to questions that
// are spelled well, a gain for those that are not (evaluate/judged_queries.h, misspell()).
#include <gtest/gtest.h>

#include <cstdio>

#include "retrieval/embed.h"
#include "retrieval/evaluate/evaluate.h"
#include "retrieval/index.h"
#include "store/file_system.h"
#include "store/test_directory.h"
#include "support/judged_collection.h"
#include "support/shared.h"

namespace maester::retrieval {
namespace {

class HybridQuality : public ::testing::TestWithParam<const char*> {
 protected:
  static std::vector<float> embed(std::string_view text, Purpose purpose) {
    static const auto embedder = make_hash_embedder();
    return (*embedder->embed(std::span(&text, 1), purpose))[0];
  }
};
INSTANTIATE_TEST_SUITE_P(All, HybridQuality, ::testing::Values("scifact", "cranfield"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(HybridQuality, HelpsWhereWordsFailAndHurtsNowhere) {
  SHARED_OR_SKIP(folder, std::string("data/retrieval/") + GetParam());
  const auto collection = test::JudgedCollection::read(folder.string());
  ASSERT_GT(collection.documents.size(), 1'000U);
  std::vector<std::vector<float>> vectors;
  auto documents = collection.all_documents();
  for (std::size_t i = 0; i < documents.size(); ++i)
    vectors.push_back(embed(collection.documents[i].title + " " + collection.documents[i].text,
                            Purpose::document));
  for (std::size_t i = 0; i < documents.size(); ++i) documents[i].chunks.at(0).vector = vectors[i];
  store::TestDirectory directory;
  store::PosixFileSystem files;
  IndexSettings settings;
  settings.dimensions = static_cast<std::uint32_t>(vectors[0].size());
  auto index = *Index::open(files, directory.path() + "/index", settings);
  ASSERT_TRUE(index->commit(documents, {}));
  const SnapshotPtr snapshot = index->snapshot();

  std::vector<JudgedQuery> clean, misspelt;
  for (const auto& one : collection.queries) {
    clean.push_back({one.id, one.text});
    misspelt.push_back({one.id, misspell(clean.back())});
  }
  Judgements judgements;
  for (const auto& [query, grades] : collection.judgements)
    judgements[query] = Grades(grades.begin(), grades.end());
  const auto measure = [&](const std::vector<JudgedQuery>& queries, Mode mode) {
    const auto search = [&](const JudgedQuery& one) -> Result<std::vector<std::string>> {
      const auto vector = embed(one.text, Purpose::query);
      Query query;
      query.text = one.text;
      query.vector = vector;
      query.mode = mode;
      query.top_k = 100;
      TRY_ASSIGN(const Found found, snapshot->search(query));
      std::vector<std::string> out;
      for (const Hit& hit : found.hits) out.emplace_back(hit.source_id);
      return out;
    };
    return *evaluate(queries, judgements, search, {});
  };
  const auto report = [&](const char* name, const std::vector<JudgedQuery>& queries) {
    const Report lexical = measure(queries, Mode::lexical);
    const Report vector = measure(queries, Mode::vector), hybrid = measure(queries, Mode::hybrid);
    const Comparison change = compare(lexical, hybrid);
    std::printf("%s, %s: nDCG@10 lexical %.4f, vector %.4f, hybrid %.4f (%+.4f [%+.4f, %+.4f])\n",
                GetParam(), name, lexical.ndcg.mean, vector.ndcg.mean, hybrid.ndcg.mean,
                change.ndcg.mean, change.ndcg.low, change.ndcg.high);
    return change.ndcg.mean;
  };
  EXPECT_GE(report("as written", clean), -0.01);
  EXPECT_GE(report("misspelt", misspelt), 0.05);
}

}  // namespace
}  // namespace maester::retrieval
