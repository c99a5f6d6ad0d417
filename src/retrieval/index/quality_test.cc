// How good the lexical leg is on judged collections, with the defaults of index.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "retrieval/index.h"
#include "store/file_system.h"
#include "store/test_directory.h"
#include "support/judged_collection.h"
#include "support/shared.h"

namespace maester::retrieval {
namespace {

using test::JudgedCollection;

double ndcg_at_10(const std::vector<Hit>& hits, const std::map<std::string, int>& judged) {
  double gain = 0, ideal = 0;
  for (std::size_t i = 0; i < hits.size() && i < 10; ++i) {
    const auto found = judged.find(std::string(hits[i].source_id));
    if (found != judged.end()) gain += found->second / std::log2(static_cast<double>(i) + 2);
  }
  std::vector<int> grades;
  for (const auto& [document, grade] : judged) grades.push_back(grade);
  std::sort(grades.rbegin(), grades.rend());
  for (std::size_t i = 0; i < grades.size() && i < 10; ++i) {
    ideal += grades[i] / std::log2(static_cast<double>(i) + 2);
  }
  return ideal > 0 ? gain / ideal : 0;
}

double mean_ndcg(const JudgedCollection& collection, const Snapshot& snapshot, const Query& base) {
  double sum = 0;
  std::size_t judged = 0;
  for (const auto& text : collection.queries) {
    const auto judgements = collection.judgements.find(text.id);
    if (judgements == collection.judgements.end()) continue;
    Query query = base;
    query.text = text.text;
    sum += ndcg_at_10(snapshot.search(query)->hits, judgements->second);
    ++judged;
  }
  return sum / static_cast<double>(judged);
}

struct Collection {
  const char* name;
  double floor;
};
class LexicalQuality : public ::testing::TestWithParam<Collection> {};
INSTANTIATE_TEST_SUITE_P(All, LexicalQuality,
                         ::testing::Values(Collection{"scifact", 0.675},
                                           Collection{"cranfield", 0.38}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(LexicalQuality, NdcgAt10HoldsWithTheDefaults) {
  SHARED_OR_SKIP(folder, std::string("data/retrieval/") + GetParam().name);
  const JudgedCollection collection = JudgedCollection::read(folder.string());
  ASSERT_GT(collection.documents.size(), 1'000U);
  store::TestDirectory directory;
  store::PosixFileSystem files;
  auto index = *Index::open(files, directory.path() + "/index", {});
  ASSERT_TRUE(index->commit(collection.all_documents(), {}));
  Query query;
  query.mode = Mode::lexical;
  const double score = mean_ndcg(collection, *index->snapshot(), query);
  std::printf("%s: nDCG@10 %.4f\n", GetParam().name, score);
  EXPECT_GE(score, GetParam().floor);
}

}  // namespace
}  // namespace maester::retrieval
