#include "app/cli_eval_table.h"

#include "app/text_table.h"
#include "base/utf8.h"
#include "checks/check.h"

namespace maester::app {
namespace {

constexpr std::size_t kShownFailures = 50;

// The failures, and the sums of each column.
class Summary final : public evals::RowSink {
 public:
  explicit Summary(CliSession& session) : session_(session) {}
  Status begin(const evals::Suite&, const std::vector<evals::Column>&) override { return {}; }
  Status row(const evals::Row& row) override {
    if (row.success || ++failures_ > kShownFailures) return {};
    const std::string name = row.plan->description.empty() ? "test" : row.plan->description;
    failed_.add({std::to_string(row.test_index + 1), std::to_string(row.prompt_index + 1),
                 row.failure == evals::Failure::error ? "ERROR" : "FAIL",
                 evals::number_text(row.grading.score), printable(utf8::truncate(name, 40)),
                 printable(utf8::truncate(row.grading.reason, 160))});
    return {};
  }
  Status end(const std::vector<evals::Column>& columns) override {
    if (failures_ > 0) {
      failed_.print(session_.out());
      if (failures_ > kShownFailures)
        session_.out() << "... and " << failures_ - kShownFailures << " more\n";
      session_.out() << '\n';
    }
    TextTable table({"column", "provider", "prompt", "passed", "failed", "errors", "score"});
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const evals::Column& one = columns[i];
      const auto rows = static_cast<double>(one.passed + one.failed + one.errors);
      table.add({std::to_string(i + 1), printable(utf8::truncate(one.provider->label, 30)),
                 printable(utf8::truncate(one.prompt->label, 40)), std::to_string(one.passed),
                 std::to_string(one.failed), std::to_string(one.errors),
                 checks::format_score(rows == 0 ? 0 : one.score / rows)});
    }
    table.print(session_.out());
    return {};
  }

 private:
  CliSession& session_;
  TextTable failed_{{"test", "column", "verdict", "score", "description", "reason"}};
  std::size_t failures_ = 0;
};

}  // namespace

std::unique_ptr<evals::RowSink> eval_table(CliSession& session) {
  return std::make_unique<Summary>(session);
}

}  // namespace maester::app
