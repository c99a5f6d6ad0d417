// A line for each row: Description, the variables, Prompt, Output, Status, Score, metrics, Reason.
#include <algorithm>

#include "evals/csv.h"
#include "evals/report_file.h"
#include "evals/report_sinks.h"

namespace maester::evals {
namespace {

class Csv final : public RowSink {
 public:
  explicit Csv(std::string path) : file_(std::move(path)) {}

  Status begin(const Suite& suite, const std::vector<Column>& columns) override {
    columns_ = &columns;
    // The variables' names are known before the rows: of every test, once.
    TRY(for_each_test(suite, [this](std::shared_ptr<const TestPlan> plan) -> Status {
      for (const TestPlan::Variable& one : plan->variables) {
        if (std::ranges::find(names_, one.name) == names_.end()) names_.push_back(one.name);
      }
      return {};
    }));
    TRY(file_.open());
    std::string line = "Description";
    for (const std::string& name : names_) line += "," + csv_cell(name);
    return file_.write(line + ",Column,Output,Status,Score,Named Scores,Grader Reason\r\n");
  }

  Status row(const Row& row) override {
    std::string line = csv_cell(row.plan->description);
    for (const std::string& name : names_) {
      const Value& value = row.vars.get(name);
      line += "," + csv_cell(value.exists() ? output_text(value) : "");
    }
    std::string named = "{";
    for (const Grading::Named& one : row.grading.named)
      named += (named.size() > 1 ? "," : "") + json::quote(one.name) + ":" + number_text(one.score);
    line += "," + csv_cell((*columns_)[row.prompt_index].name());
    line += "," + csv_cell(row.output.exists() ? output_text(row.output) : "");
    line += row.success ? ",PASS" : row.failure == Failure::error ? ",ERROR" : ",FAIL";
    line += "," + number_text(row.grading.score) + "," + csv_cell(named + "}");
    return file_.write(line + "," + csv_cell(row.grading.reason) + "\r\n");
  }

  Status end(const std::vector<Column>&) override { return file_.finish(); }

 private:
  ReportFile file_;
  std::vector<std::string> names_;
  const std::vector<Column>* columns_ = nullptr;
};

}  // namespace

std::unique_ptr<RowSink> csv_report(std::string path) {
  return std::make_unique<Csv>(std::move(path));
}

}  // namespace maester::evals
