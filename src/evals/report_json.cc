// JSON and JSON lines in promptfoo's shape.
#include <utility>

#include "base/clock.h"
#include "codec/json_writer.h"
#include "evals/report.h"
#include "evals/report_file.h"
#include "evals/report_sinks.h"

namespace maester::evals {
namespace {

void write_tokens(json::Writer& w, std::int64_t prompt, std::int64_t completion) {
  w.key("tokenUsage").begin_object().field("prompt", prompt).field("completion", completion);
  w.field("total", prompt + completion).field("numRequests", 1).end_object();
}

void write_cost(json::Writer& w, std::string_view key, FemtoUsd cost) {
  w.key(key).raw(cost.to_string());
}

void write_named(json::Writer& w, const Grading& grading) {
  w.key("namedScores").begin_object();
  for (const Grading::Named& one : grading.named) w.field(one.name, one.score);
  w.end_object().key("namedScoreWeights").begin_object();
  for (const Grading::Named& one : grading.named) w.field(one.name, one.weight);
  w.end_object();
}

void write_component(json::Writer& w, const Grading& part) {
  w.begin_object().field("pass", part.pass).field("score", part.score);
  w.field("reason", part.reason);
  write_named(w, part);
  w.key("assertion").begin_object().field("type", part.type);
  w.optional_field("metric", part.metric).field("weight", part.weight).end_object();
  w.end_object();
}

// Flat: each set's own result, then its parts.
void write_components(json::Writer& w, const std::vector<Grading>& parts) {
  for (const Grading& part : parts) {
    write_component(w, part);
    write_components(w, part.parts);
  }
}

void write_grading(json::Writer& w, const Row& row) {
  w.key("gradingResult").begin_object().field("pass", row.success);
  w.field("score", row.grading.score);
  w.field("reason", row.grading.reason);
  write_named(w, row.grading);
  const GradeSpend& spent = row.grading_spend;
  if (spent.asked + spent.from_cache > 0) {
    w.key("tokensUsed").begin_object().field("prompt", spent.prompt_tokens);
    w.field("completion", spent.completion_tokens);
    w.field("total", spent.prompt_tokens + spent.completion_tokens);
    w.field("numRequests", spent.asked).field("cachedGrades", spent.from_cache);
    write_cost(w, "cost", spent.cost);
    w.end_object();
  }
  w.key("componentResults").begin_array();
  write_components(w, row.grading.parts);
  w.end_array().end_object();
}

void write_row(json::Writer& w, const Row& row, const Column& column) {
  w.begin_object().field("testIdx", row.test_index).field("promptIdx", row.prompt_index);
  w.field("success", row.success).field("failureReason", static_cast<int>(row.failure));
  w.field("score", row.grading.score).key("namedScores").begin_object();
  for (const Grading::Named& one : row.grading.named) w.field(one.name, one.score);
  w.end_object();
  w.optional_field("error", row.error);
  w.key("provider").begin_object().field("id", column.provider->id);
  w.field("label", column.provider->label).end_object();
  w.key("prompt").begin_object().field("raw", row.prompt);
  w.field("label", column.prompt->label).end_object();
  w.key("vars");
  row.vars.empty() ? Value::object().append_json(w) : row.vars.append_json(w);
  w.key("response").begin_object();
  if (row.output.exists()) {
    w.key("output");
    row.output.append_json(w);
  }
  w.optional_field("finishReason", row.answer.finish_reason);
  w.field("cached", row.answer.cached);
  write_tokens(w, row.answer.prompt_tokens, row.answer.completion_tokens);
  w.end_object();
  write_grading(w, row);
  w.key("testCase").begin_object().field("description", row.plan->description);
  w.key("metadata");
  row.plan->metadata.append_json(w);
  w.end_object();
  w.field("latencyMs", row.answer.latency ? row.answer.latency->count() : 0);
  write_cost(w, "cost", row.answer.cost.value_or(FemtoUsd{}));
  w.end_object();
}

class JsonLines final : public RowSink {
 public:
  explicit JsonLines(std::string path) : file_(std::move(path)) {}
  Status begin(const Suite&, const std::vector<Column>& columns) override {
    columns_ = &columns;
    return file_.open();
  }
  Status row(const Row& row) override {
    return file_.write(row_json(row, (*columns_)[row.prompt_index]) + "\n");
  }
  Status end(const std::vector<Column>&) override { return file_.finish(); }

 private:
  ReportFile file_;
  const std::vector<Column>* columns_ = nullptr;
};

void write_prompt(json::Writer& w, const Column& column) {
  w.begin_object().field("raw", column.prompt->raw).field("label", column.prompt->label);
  w.field("provider", column.provider->label);
  w.key("metrics").begin_object().field("score", column.score);
  w.field("testPassCount", column.passed).field("testFailCount", column.failed);
  w.field("testErrorCount", column.errors);
  w.field("assertPassCount", column.assertions_passed);
  w.field("assertFailCount", column.assertions_failed);
  w.field("totalLatencyMs", column.latency_ms);
  write_cost(w, "cost", column.cost);
  write_cost(w, "gradingCost", column.grading.cost);
  w.key("namedScores").begin_object();
  for (const auto& [name, metric] : column.named) w.field(name, metric.score);
  for (const auto& [name, value] : column.derived) w.field(name, value);
  w.end_object().key("namedScoresCount").begin_object();
  for (const auto& [name, metric] : column.named) w.field(name, metric.count);
  w.end_object().key("namedScoreWeights").begin_object();
  for (const auto& [name, metric] : column.named) w.field(name, metric.weight);
  w.end_object().end_object().end_object();
}

class Json final : public RowSink {
 public:
  explicit Json(std::string path) : file_(std::move(path)) {}
  Status begin(const Suite& suite, const std::vector<Column>& columns) override {
    columns_ = &columns;
    suite_ = &suite;
    TRY(file_.open());
    return file_.write("{\"results\":{\"version\":3,\"timestamp\":\"" +
                       format_rfc3339(SystemClock().wall()) + "\",\"results\":[");
  }
  Status row(const Row& row) override {
    const std::string text = row_json(row, (*columns_)[row.prompt_index]);
    return file_.write((std::exchange(first_, false) ? "\n" : ",\n") + text);
  }
  Status end(const std::vector<Column>& columns) override {
    std::string out = "],\n\"prompts\":";
    json::Writer prompts(out);
    prompts.begin_array();
    std::size_t passed = 0, failed = 0, errors = 0;
    for (const Column& column : columns) {
      write_prompt(prompts, column);
      passed += column.passed;
      failed += column.failed;
      errors += column.errors;
    }
    prompts.end_array();
    out += ",\n\"stats\":";
    json::Writer stats(out);
    stats.begin_object().field("successes", passed).field("failures", failed);
    stats.field("errors", errors).end_object();
    out += "},\n\"config\":" + suite_->config.json() + ",\"shareableUrl\":null}\n";
    TRY(file_.write(out));
    return file_.finish();
  }

 private:
  ReportFile file_;
  const Suite* suite_ = nullptr;
  const std::vector<Column>* columns_ = nullptr;
  bool first_ = true;
};

}  // namespace

std::string row_json(const Row& row, const Column& column) {
  std::string out;
  json::Writer w(out);
  write_row(w, row, column);
  return out;
}

std::unique_ptr<RowSink> json_report(std::string path) {
  return std::make_unique<Json>(std::move(path));
}
std::unique_ptr<RowSink> json_lines_report(std::string path) {
  return std::make_unique<JsonLines>(std::move(path));
}

}  // namespace maester::evals
