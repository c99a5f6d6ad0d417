#include "evals/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "evals/report.h"
#include "evals/runner.h"

namespace maester::evals {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Suites : public testing::Test {
 protected:
  Suites() : folder_(fs::path(testing::TempDir()) / ("evals_" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Suites() override { fs::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  class Lines final : public RowSink {
   public:
    Status begin(const Suite&, const std::vector<Column>&) override { return {}; }
    Status row(const Row& row) override {
      out.push_back((row.success                     ? "PASS "
                     : row.failure == Failure::error ? "ERROR "
                                                     : "FAIL ") +
                    number_text(row.grading.score) + " " +
                    (row.output.exists() ? output_text(row.output) : row.error));
      return {};
    }
    Status end(const std::vector<Column>&) override { return {}; }
    std::vector<std::string> out;
  };

  // The rows, or one line with the error.
  std::vector<std::string> run(const std::string& text, const RunOptions& options = {}) {
    const std::string path = file("suite.yaml", text);
    const auto suite = read_suite(path, {});
    if (!suite) return {suite.error().message.substr(folder_.string().size() + 1)};
    Lines lines;
    std::vector<RowSink*> sinks{&lines};
    for (RowSink* sink : more_) sinks.push_back(sink);
    const auto outcome = run_suite(
        *suite, options,
        [](const SuiteProvider&) -> Result<std::unique_ptr<EvalProvider>> {
          return echo_provider();
        },
        sinks);
    if (!outcome) {
      EXPECT_TRUE(lines.out.empty()) << "something was half run";
      return {outcome.error().message.substr(folder_.string().size() + 1)};
    }
    return lines.out;
  }
  fs::path folder_;
  std::vector<RowSink*> more_;
};

TEST_F(Suites, CrossPromptsProvidersTestsAndValues) {
  EXPECT_THAT(run("prompts: ['{{a}}{{b}}', '-{{a}}']\n"
                  "providers: [echo, {id: echo, label: two, transform: 'output.toUpperCase()'}]\n"
                  "tests: [{vars: {a: [x, y], b: [1, 2]}}]\n"),
              testing::ElementsAre("PASS 1 x1,2", "PASS 1 -x", "PASS 1 X1,2", "PASS 1 -X",
                                   "PASS 1 y1,2", "PASS 1 -y", "PASS 1 Y1,2", "PASS 1 -Y"));
}

TEST_F(Suites, MergeDefaultsAndScenarios) {
  EXPECT_THAT(run("prompts: ['{{a}} {{b}} {{c}}']\nproviders: echo\n"
                  "defaultTest: {vars: {a: d, b: d, c: d}, assert: [{type: contains, value: d}]}\n"
                  "scenarios:\n  - config: [{vars: {b: s}, assert: [{type: contains, value: s}]}]\n"
                  "    tests: [{vars: {c: t}, assert: [{type: equals, value: 'd s t'}]}, {vars: "
                  "{a: z, b: z, c: z}}]\n"),
              testing::ElementsAre("PASS 1 d s t", "FAIL 0 z z z"));
}

TEST_F(Suites, NeverRenderData) {
  file("t.csv",
       "name,__expected\n{{ 1 + 1 }},equals:{{name}}\nfile:///etc/hostname,contains:file\n");
  file("t.jsonl", "{\"vars\":{\"name\":\"{{ 2 + 2 }}\"}}\n");
  file("name.txt", "{{ 3 + 3 }}\n");
  EXPECT_THAT(run("prompts: ['{{name}}']\nproviders: [echo]\n"
                  "tests: [t.csv, file://t.jsonl, {vars: {name: file://name.txt}}, {vars: {name: "
                  "'{{ 4 + 4 }}'}}]\n"),
              testing::ElementsAre("PASS 1 {{ 1 + 1 }}", "PASS 1 file:///etc/hostname",
                                   "PASS 1 {{ 2 + 2 }}", "PASS 1 {{ 3 + 3 }}", "PASS 1 8"));
}

TEST_F(Suites, RenderVariablesAfterThoseTheyRead) {
  EXPECT_THAT(
      run("prompts: ['{{a}}']\nproviders: [echo]\n"
          "tests: [{vars: {a: '{{b}}!', b: '{{c}}', c: x}}, {vars: {a: '{{b}}', b: '{{a}}'}}]\n"),
      testing::ElementsAre("PASS 1 x!", HasSubstr("ERROR 0 the variable `a` is made of itself")));
}

TEST_F(Suites, RenderJsonPromptsTextByText) {
  EXPECT_THAT(run("prompts: ['[{\"role\":\"user\",\"content\":\"{{q}}\"}]']\nproviders: [echo]\n"
                  "tests: [{vars: {q: 'say \"hi\"'}, assert: [{type: javascript, value: "
                  "'JSON.parse(output)[0].content === context.vars.q'}]}]\n"),
              testing::ElementsAre(HasSubstr("PASS 1 [")));
}

struct Broken {
  std::string text, error;
};

TEST_F(Suites, RefuseWhatIsBrokenWithItsPlace) {
  const std::string head = "prompts: [x]\nproviders: [echo]\n";
  file("bad.csv", "a,b\n1,2\n3\n");
  file("quote.csv", "a\n\"x\n");
  file("bad.jsonl", "{\"vars\":{}}\n{\"vars\":\n");
  for (const Broken& one : {
           Broken{"tests: 5\n" + head, "suite.yaml:1:8: `tests` must be a list"},
           Broken{head + "tests: []\n", "suite.yaml:3:8: there is no test"},
           Broken{head + "test: [{}]\n", "suite.yaml:3:7: `test` is no member of a suite"},
           Broken{head + "tests: [{description: only}]\n", "suite.yaml:3:9: a test must say more"},
           Broken{head + "tests:\n  - assert:\n      - {type: nosuch}\n",
                  "suite.yaml:5:16: Unknown assertion type: nosuch"},
           Broken{head + "tests:\n  - assert: [{type: python, value: x}]\n",
                  "suite.yaml:4:21: the assertion `python` runs foreign code"},
           Broken{head + "tests:\n  - assert: [{type: javascript, value: 'fetch(1)'}]\n",
                  "suite.yaml:4:21: the assertion `javascript` runs foreign code unless"},
           Broken{head + "tests:\n  - assert: [{type: llm-rubric, value: x}]\n",
                  "suite.yaml:4:21: `llm-rubric` is graded by a model"},
           Broken{head + "tests:\n  - assert: [{type: equals, value: x, treshold: 1}]\n",
                  "`treshold` is no member of an assertion"},
           Broken{head + "tests:\n  - assert: [{type: assert-set, assert: [{type: assert-set, "
                         "assert: [{type: equals}]}]}]\n",
                  "cannot stand inside of an assert-set"},
           Broken{head + "tests: file://missing.csv\n", "suite.yaml:3:8: "},
           Broken{head + "tests: [{vars: {a: file://missing.txt}}]\n", "suite.yaml:3:20: "},
           Broken{head + "tests: bad.csv\n", "bad.csv:3:1: the row has 1 cells, the heading 2"},
           Broken{head + "tests: quote.csv\n", "quote.csv: line 3: a quoted cell has no closing"},
           Broken{head + "tests: bad.jsonl\n", "bad.jsonl:2:1: "},
           Broken{head + "a: 1\na: 2\n", "suite.yaml:4:1: the key `a` stands twice"},
           Broken{"prompts: [x\n", "suite.yaml:"},
           Broken{"prompts: ['{{ x']\nproviders: [echo]\ntests: [{vars: {}}]\n",
                  "suite.yaml:1:11: the template, line 1"},
           Broken{"prompts: [x]\ntests: [{vars: {}}]\n",
                  "suite.yaml:1:1: a suite needs `providers`"},
           Broken{head + "extensions: [file://a.js:hook]\n", "runs foreign code"},
           Broken{head + "tests: [{vars: {}, prompts: [nosuch]}]\n",
                  "the test names no prompt or provider of the suite"},
       }) {
    const auto rows = run(one.text);
    ASSERT_EQ(rows.size(), 1U) << one.text;
    EXPECT_THAT(rows[0], HasSubstr(one.error)) << one.text;
  }
}

TEST_F(Suites, SelectingNothingIsAnError) {
  RunOptions options;
  options.selected = [](const TestPlan&) { return false; };
  EXPECT_THAT(run("prompts: [x]\nproviders: [echo]\ntests: [{vars: {}}]\n", options),
              testing::ElementsAre(HasSubstr("no test is selected")));
}

TEST_F(Suites, MaxScoreChoosesAmongColumns) {
  EXPECT_THAT(run("prompts: ['a', 'a b']\nproviders: [echo]\n"
                  "tests: [{threshold: 0.6, assert: [{type: contains, value: a}, {type: contains, "
                  "value: b}, "
                  "{type: max-score}]}]\n"),
              testing::ElementsAre("FAIL 0 a", "PASS 1 a b"));
}

TEST_F(Suites, ATextThatReadsNoVariableStaysAsItIsWritten) {
  EXPECT_THAT(
      run("prompts: ['{{a}}|{{b}}|{{c}}']\nproviders: [echo]\n"
          "tests: [{vars: {a: '{{ b }}!', b: '{{ 1 + 1 }}', c: '{{ nosuch }} {{ b }}'}}]\n"),
      testing::ElementsAre("PASS 1 2!|2|{{ nosuch }} {{ b }}"));
}

TEST_F(Suites, BombsOfAliasesAreRefused) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    const char before = static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += std::string(i == 0 ? "*" : ",*") + before;
    bomb += "]\n";
  }
  EXPECT_THAT(run(bomb), testing::ElementsAre(HasSubstr("more than a million values")));
}

TEST_F(Suites, ReportsAreWholeAndInTheirShapes) {
  std::vector<std::unique_ptr<RowSink>> reports;
  for (const char* ending : {".json", ".jsonl", ".csv", ".xml", ".html"}) {
    auto one = open_report((folder_ / ("r" + std::string(ending))).string());
    ASSERT_TRUE(one);
    more_.push_back(one->get());
    reports.push_back(std::move(*one));
  }
  run("prompts: ['{{a}}']\nproviders: [echo]\n"
      "tests: [{description: 'd <1>', vars: {a: '=x,\"y'}, assert: [{type: contains, value: x, "
      "metric: m}]},"
      " {vars: {a: z}, assert: [{type: equals, value: q}]}]\n");
  const auto text = [&](const char* name) {
    std::ifstream in(folder_ / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const auto json = parse_json(text("r.json"));
  ASSERT_TRUE(json);
  const Value& results = json->get("results");
  EXPECT_EQ(results.get("version").number(), 3);
  EXPECT_EQ(results.get("stats").json(), R"({"successes":1,"failures":1,"errors":0})");
  EXPECT_EQ(results.get("results").array().at(0).get("namedScores").json(), R"({"m":1})");
  EXPECT_EQ(results.get("results").array().at(1).get("failureReason").number(), 1);
  EXPECT_EQ(results.get("prompts").array().at(0).get("metrics").get("testPassCount").number(), 1);
  EXPECT_EQ(std::ranges::count(text("r.jsonl"), '\n'), 2);
  EXPECT_THAT(text("r.csv"), HasSubstr("d <1>,\"'=x,\"\"y\",[echo] {{a}}"));
  EXPECT_THAT(text("r.xml"), HasSubstr("tests=\"2\" failures=\"1\" errors=\"0\""));
  EXPECT_THAT(text("r.xml"), HasSubstr("test 1: d &lt;1&gt;"));
  EXPECT_FALSE(fs::exists(folder_ / "r.xml.part0"));
}

}  // namespace
}  // namespace maester::evals
