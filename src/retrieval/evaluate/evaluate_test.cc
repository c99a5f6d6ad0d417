#include "retrieval/evaluate/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "codec/json.h"

namespace maester::retrieval {
namespace {

std::string file(const std::string& path) {
  std::ifstream in(std::string(MAESTER_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// trec_eval's own numbers: tests/recorded/retrieval/record_measures.py
TEST(Measures, are_those_of_trec_eval) {
  std::istringstream lines(file("tests/recorded/retrieval/measures.jsonl"));
  std::size_t checked = 0;
  for (std::string line; std::getline(lines, line); ++checked) {
    const auto document = json::Document::parse(line);
    ASSERT_TRUE(document.has_value());
    Grades grades;
    for (const json::Value one : document->root().get("grades"))
      grades[std::string(one.key())] = static_cast<int>(one.int_or(0));
    std::vector<std::string> ranking;
    for (const json::Value one : document->root().get("ranking"))
      ranking.emplace_back(one.string_or(""));
    const auto recorded = [&](const char* name) { return *document->root().get(name).as_double(); };
    EXPECT_NEAR(ndcg_at(ranking, grades, 10), recorded("ndcg_cut_10"), 1e-9) << checked;
    EXPECT_NEAR(reciprocal_rank_at(ranking, grades, 1000), recorded("recip_rank"), 1e-9);
    EXPECT_NEAR(recall_at(ranking, grades, 100), recorded("recall_100"), 1e-9) << checked;
    EXPECT_NEAR(average_precision(ranking, grades), recorded("map"), 1e-9) << checked;
  }
  EXPECT_EQ(checked, 60U);
}

TEST(Measures, a_rank_past_k_counts_nothing) {
  const Grades grades{{"a", 1}};
  const std::vector<std::string> ranking{"x", "y", "a"};
  EXPECT_EQ(reciprocal_rank_at(ranking, grades, 2), 0);
  EXPECT_NEAR(reciprocal_rank_at(ranking, grades, 3), 1.0 / 3, 1e-12);
  EXPECT_EQ(ndcg_at(ranking, grades, 2), 0);
  EXPECT_EQ(recall_at(ranking, grades, 2), 0);
}

TEST(JudgedQueries, read_what_beir_and_trec_publish) {
  const auto queries = read_queries(
      "{\"_id\": \"1\", \"text\": \"what is it\", \"metadata\": "
      "{}}\r\n\n{\"_id\":\"b\",\"text\":\"\"}");
  ASSERT_TRUE(queries.has_value());
  ASSERT_EQ(queries->size(), 2U);
  EXPECT_EQ((*queries)[0].text, "what is it");
  for (const char* text : {"query-id\tcorpus-id\tscore\n1\td1\t2\n1\td2\t-1\n7\td1\t1\n",
                           "1 0 d1 2\n1 0 d2 -1\n7 Q0 d1 1"}) {
    const auto judgements = read_judgements(text);
    ASSERT_TRUE(judgements.has_value());
    EXPECT_EQ(*judgements, (Judgements{{"1", {{"d1", 2}, {"d2", -1}}}, {"7", {{"d1", 1}}}}));
  }
}

void expect_in(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(JudgedQueries, a_line_that_is_wrong_is_named) {
  const auto wrong = [](const auto& result) {
    EXPECT_FALSE(result.has_value());
    return result ? std::string() : result.error().message;
  };
  expect_in(wrong(read_queries("{\"_id\":\"1\",\"text\":\"a\"}\n{\"_id\":1}")), "Line 2");
  expect_in(wrong(read_queries("nonsense")), "Line 1");
  expect_in(wrong(read_queries("{\"_id\":\"1\",\"text\":\"a\"}\n"
                               "{\"_id\":\"1\",\"text\":\"b\"}")),
            "Line 2");
  expect_in(wrong(read_judgements("1\td1\t1\n1\td2\tyes\n")), "Line 2");
  expect_in(wrong(read_judgements("1\td1\t1\n1\td2\n")), "Line 2");
}

TEST(Misspelling, changes_every_long_word_and_is_the_same_for_ever) {
  const JudgedQuery query{"7", "Does vitamin B12 lower the blood levels of homocysteine?"};
  const std::string changed = misspell(query);
  EXPECT_EQ(changed, "Des vitafin B12 lwoer the blod leveos of homoclsteine?");
  EXPECT_EQ(misspell({"7", "a 1234 the B12 été"}), "a 1234 the B12 été");
  EXPECT_EQ(misspell({"8", ""}), "");
}

Result<std::vector<std::string>> always(const JudgedQuery&) {
  return std::vector<std::string>{"d2", "d2", "d1", "d2"};
}

TEST(Evaluation, reports_means_intervals_and_what_was_left_out) {
  const std::vector<JudgedQuery> queries{{"a", "one"}, {"b", "two"}, {"c", "three"}, {"d", "four"}};
  const Judgements judgements{{"a", {{"d1", 1}}}, {"b", {{"d2", 1}}}, {"c", {{"d1", 0}}}};
  const auto report = evaluate(queries, judgements, always, {});
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->without_judgement, 2U);
  ASSERT_EQ(report->queries.size(), 2U);
  EXPECT_NEAR(report->mrr.mean, 0.75, 1e-12);  // d1 is second: the repetition does not count
  EXPECT_EQ(report->queries[0].found, 2U);
  EXPECT_NEAR(report->mrr.low, 0.5, 1e-12);
  EXPECT_NEAR(report->mrr.high, 1.0, 1e-12);
  EXPECT_EQ(report->recall.mean, 1.0);
  EXPECT_NE(to_text(*report).find("nDCG@10"), std::string::npos);
  std::string out;
  json::Writer w(out);
  write_json(w, *report, true);
  const auto read = json::Document::parse(out);
  ASSERT_TRUE(read.has_value()) << out;
  EXPECT_EQ(read->root().get("queries").size(), 2U);
  EXPECT_NEAR(*read->root().get("mrr").get("mean").as_double(), 0.75, 1e-12);
}

TEST(Evaluation, nothing_judged_and_a_failing_search_are_errors) {
  const std::vector<JudgedQuery> queries{{"a", "one"}};
  EXPECT_EQ(evaluate(queries, {{"b", {{"d", 1}}}}, always, {}).error().code, Code::invalid_request);
  const auto broken = [](const JudgedQuery&) -> Result<std::vector<std::string>> {
    return fail(Code::deadline_exceeded, "too slow");
  };
  EXPECT_EQ(evaluate(queries, {{"a", {{"d", 1}}}}, broken, {}).error().code,
            Code::deadline_exceeded);
}

Report report_of(const std::vector<double>& scores) {
  Report out;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    QueryScores one;
    one.query = "q" + std::to_string(i);
    one.ndcg = scores[i];
    out.queries.push_back(one);
  }
  return out;
}

// The mean of 0/1 draws has a standard error that is known: the interval must be about that wide.
TEST(Evaluation, the_interval_is_as_wide_as_it_should_be) {
  std::vector<JudgedQuery> queries;
  Judgements judgements;
  for (int i = 0; i < 400; ++i) {
    queries.push_back({std::to_string(i), ""});
    judgements[std::to_string(i)][i % 4 == 0 ? "x" : "d2"] = 1;
  }
  const auto report = evaluate(queries, judgements, always, {});
  EXPECT_NEAR(report->mrr.mean, 0.75, 1e-12);
  const double error = std::sqrt(0.75 * 0.25 / 400);
  EXPECT_NEAR(report->mrr.high - report->mrr.low, 2 * 1.96 * error, 0.2 * 2 * 1.96 * error);
  const auto again = evaluate(queries, judgements, always, {});
  EXPECT_EQ(report->mrr.low, again->mrr.low);
}

TEST(Evaluation, two_ways_are_compared_query_by_query) {
  const Report before = report_of({0.5, 0.5, 1.0, 0.2}), after = report_of({0.6, 0.1, 1.0, 0.3});
  const Comparison change = compare(before, after);
  EXPECT_NEAR(change.ndcg.mean, -0.05, 1e-12);
  EXPECT_LE(change.ndcg.low, change.ndcg.mean);
  EXPECT_GE(change.ndcg.high, change.ndcg.mean);
  EXPECT_EQ(change.better, 2U);
  EXPECT_EQ(change.worse, 1U);
  EXPECT_EQ(change.equal, 1U);
  ASSERT_EQ(change.changed.size(), 3U);
  EXPECT_EQ(change.changed[0].query, "q1");
  EXPECT_NE(to_text(change).find("0.500 -> 0.100"), std::string::npos);
  std::string out;
  json::Writer w(out);
  write_json(w, change);
  EXPECT_TRUE(json::Document::parse(out).has_value()) << out;
  // Everywhere the same gain: no doubt is left.
  const Comparison sure = compare(report_of({0.1, 0.2, 0.3}), report_of({0.2, 0.3, 0.4}));
  EXPECT_NEAR(sure.ndcg.low, 0.1, 1e-12);
  EXPECT_NEAR(sure.ndcg.high, 0.1, 1e-12);
}

}  // namespace
}  // namespace maester::retrieval
