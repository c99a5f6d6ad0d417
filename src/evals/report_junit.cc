// JUnit: a suite for each column. A suite's counts stand before its cases, so the cases wait in a
// file of their own until the run is over.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/utf8.h"
#include "codec/markup_escape.h"
#include "evals/files.h"
#include "evals/report.h"
#include "evals/report_file.h"
#include "evals/report_sinks.h"

namespace maester::evals {
namespace {

constexpr std::size_t kMaxReason = 4000;

std::string escaped(std::string_view text) {
  return text::escape_xml(utf8::truncate(text, kMaxReason));
}

std::string seconds(double ms) {
  char out[64];
  const int size = std::snprintf(out, sizeof out, "%.3f", ms / 1000);
  return std::string(out, static_cast<std::size_t>(std::clamp(size, 0, 63)));
}

class Junit final : public RowSink {
 public:
  explicit Junit(std::string path) : path_(std::move(path)), file_(path_) {}
  ~Junit() override { remove_parts(); }

  Status begin(const Suite&, const std::vector<Column>& columns) override {
    TRY(file_.open());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      parts_.emplace_back(part_name(i), std::ios::binary | std::ios::trunc);
      names_.push_back(columns[i].name());
    }
    return {};
  }

  Status row(const Row& row) override {
    const double ms = row.answer.latency ? static_cast<double>(row.answer.latency->count()) : 0;
    std::string name = "test " + std::to_string(row.test_index + 1);
    if (!row.plan->description.empty()) name += ": " + row.plan->description;
    std::string out = "    <testcase classname=\"" + escaped(names_[row.prompt_index]) +
                      "\" name=\"" + escaped(name) + "\" time=\"" + seconds(ms) + "\"";
    const std::string reason = escaped(row.grading.reason);
    if (row.success) {
      out += "/>\n";
    } else if (row.failure == Failure::error) {
      out += ">\n      <error type=\"error\" message=\"" + reason + "\"/>\n    </testcase>\n";
    } else {
      out += ">\n      <failure type=\"assertion\" message=\"" + reason + "\">score " +
             number_text(row.grading.score) + failed_types(row.grading) +
             "</failure>\n    </testcase>\n";
    }
    std::ofstream& part = parts_[row.prompt_index];
    part << out;
    if (!part) return fail(Code::io_error, path_ + ": cannot be written");
    return {};
  }

  Status end(const std::vector<Column>& columns) override {
    std::size_t tests = 0, failures = 0, errors = 0;
    double time = 0;
    for (const Column& one : columns) {
      tests += one.passed + one.failed + one.errors;
      failures += one.failed;
      errors += one.errors;
      time += one.latency_ms;
    }
    TRY(file_.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"maester\"" +
                    counts(tests, failures, errors, time) + ">\n"));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Column& one = columns[i];
      parts_[i].close();
      TRY(file_.write(
          "  <testsuite name=\"" + escaped(names_[i]) + "\"" +
          counts(one.passed + one.failed + one.errors, one.failed, one.errors, one.latency_ms) +
          ">\n"));
      std::ifstream in(part_name(i), std::ios::binary);
      std::string buffer(1 << 16, '\0');
      while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0)
        TRY(file_.write(std::string_view(buffer).substr(0, static_cast<std::size_t>(in.gcount()))));
      TRY(file_.write("  </testsuite>\n"));
    }
    TRY(file_.write("</testsuites>\n"));
    remove_parts();
    return file_.finish();
  }

 private:
  static std::string counts(std::size_t tests, std::size_t failures, std::size_t errors,
                            double time) {
    const auto one = [](std::string_view name, std::size_t count) {
      return " " + std::string(name) + "=\"" + std::to_string(count) + "\"";
    };
    return one("tests", tests) + one("failures", failures) + one("errors", errors) +
           one("skipped", 0) + " time=\"" + seconds(time) + "\"";
  }
  static std::string failed_types(const Grading& grading) {
    std::string out;
    for (const Grading& part : grading.parts) {
      if (!part.pass) out += (out.empty() ? "; failed: " : ", ") + escaped(part.type);
    }
    return out;
  }
  std::string part_name(std::size_t i) const { return path_ + ".part" + std::to_string(i); }
  void remove_parts() {
    std::error_code ignored;
    for (std::size_t i = 0; i < parts_.size(); ++i) std::filesystem::remove(part_name(i), ignored);
    parts_.clear();
  }

  std::string path_;
  ReportFile file_;
  std::vector<std::ofstream> parts_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<RowSink> junit_report(std::string path) {
  return std::make_unique<Junit>(std::move(path));
}

Result<std::unique_ptr<RowSink>> open_report(const std::string& path) {
  const std::string ending = ending_of(path);
  if (ending == ".json") return json_report(path);
  if (ending == ".jsonl") return json_lines_report(path);
  if (ending == ".csv") return csv_report(path);
  if (ending == ".xml") return junit_report(path);
  if (ending == ".html") return html_report(path);
  return fail(Code::invalid_request,
              path + ": a report ends in .json, .jsonl, .csv, .html or .xml (JUnit)");
}

}  // namespace maester::evals
