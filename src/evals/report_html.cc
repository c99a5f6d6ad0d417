// A page for a person: one file, no script. The sums stand last in the file, because they are known
// last, and first on the page.
#include <cstdio>

#include "base/clock.h"
#include "base/utf8.h"
#include "codec/markup_escape.h"
#include "evals/report_file.h"
#include "evals/report_html_style.h"
#include "evals/report_sinks.h"

namespace maester::evals {
namespace {

constexpr std::size_t kShort = 1500;      // bytes of a text that is shown at once
constexpr std::size_t kLong = 64 * 1024;  // and that is kept at all
constexpr std::size_t kReason = 4000;
constexpr std::size_t kName = 160;

std::string escaped(std::string_view text) {
  return text::escape_markup(text);
}

std::string number(const char* format, double value) {
  char out[64];
  const int size = std::snprintf(out, sizeof out, format, value);
  return std::string(out, static_cast<std::size_t>(std::clamp(size, 0, 63)));
}
std::string score(double value) {
  return number("%.4g", value);
}

std::string cell(std::string_view text, bool numeric = false) {
  return (numeric ? "<td class=\"n\">" : "<td>") + escaped(text) + "</td>";
}

// A heading and a text; a long one is folded behind its beginning.
std::string section(std::string_view title, std::string_view text) {
  std::string out = "<h3>" + std::string(title) + "</h3>";
  if (text.size() <= kShort) return out + "<pre>" + escaped(text) + "</pre>";
  out += "<details><summary>" + escaped(utf8::truncate(text, kName)) + " … <span class=\"dim\">" +
         std::to_string(text.size()) + " bytes, open to read</span></summary><pre>" +
         escaped(utf8::truncate(text, kLong)) + "</pre>";
  if (text.size() > kLong) out += "<p class=\"dim\">cut here: the JSON report has all of it</p>";
  return out + "</details>";
}

std::string_view verdict_class(const Row& row) {
  return row.success ? "pass" : row.failure == Failure::error ? "error" : "fail";
}

void append_parts(std::string& out, const std::vector<Grading>& parts, std::string_view indent) {
  for (const Grading& part : parts) {
    out += "<tr><td class=\"";
    out += part.pass ? "ok\">✓" : "no\">✗";
    out += "</td>" + cell(std::string(indent) + part.type) + cell(part.metric) +
           cell(score(part.score), true) + cell(number_text(part.weight), true) +
           cell(utf8::truncate(part.reason, kReason)) + "</tr>";
    append_parts(out, part.parts, "· ");
  }
}

class Html final : public RowSink {
 public:
  explicit Html(std::string path) : file_(std::move(path)) {}

  Status begin(const Suite& suite, const std::vector<Column>& columns) override {
    columns_ = &columns;
    TRY(file_.open());
    const std::string title = suite.description.empty() ? suite.file : suite.description;
    return file_.write(std::string(kHtmlHead) + "<title>" + escaped(title) +
                       "</title></head><body>\n<header><h1>" + escaped(title) +
                       "</h1><div class=\"dim\">" + escaped(suite.file) + " · " +
                       format_rfc3339(SystemClock().wall()) + "</div></header>\n" +
                       std::string(kHtmlSwitches));
  }

  Status row(const Row& row) override {
    const std::string kind(verdict_class(row));
    std::string out = "<details class=\"row " + kind + "\"><summary><b>" +
                      (kind == "pass"   ? "PASS"
                       : kind == "fail" ? "FAIL"
                                        : "ERROR") +
                      "</b><span class=\"dim\">#" + std::to_string(row.test_index + 1);
    if (columns_->size() > 1) out += "·" + std::to_string(row.prompt_index + 1);
    out += "</span><span class=\"name\">" + escaped(utf8::truncate(name_of(row), kName));
    if (!row.success)
      out +=
          "<span class=\"why\">" + escaped(utf8::truncate(row.grading.reason, kName)) + "</span>";
    out += "</span><span class=\"dim\">" + score(row.grading.score) + "</span></summary>" +
           "<div class=\"body\">";
    if (!row.error.empty()) out += section("Error", utf8::truncate(row.error, kReason));
    if (row.output.exists()) out += section("Output", output_text(row.output));
    if (!row.grading.parts.empty()) {
      out +=
          "<table><tr><th></th><th>assertion</th><th>metric</th><th class=\"n\">score</th>"
          "<th class=\"n\">weight</th><th>reason</th></tr>";
      append_parts(out, row.grading.parts, "");
      out += "</table>";
    }
    out += section("Prompt", row.prompt);
    if (!row.vars.members().empty()) out += section("Variables", row.vars.pretty_json());
    out += "<div class=\"dim\">" + escaped((*columns_)[row.prompt_index].name()) + facts(row) +
           "</div></div></details>\n";
    return file_.write(out);
  }

  Status end(const std::vector<Column>& columns) override {
    std::string out =
        "</main>\n<section id=\"sums\"><table><tr><th class=\"n\">column</th><th>provider</th>"
        "<th>prompt</th><th></th><th class=\"n\">passed</th><th class=\"n\">failed</th>"
        "<th class=\"n\">errors</th><th class=\"n\">score</th><th class=\"n\">mean latency</th>"
        "<th class=\"n\">cost</th><th class=\"n\">grading</th><th>metrics</th></tr>";
    for (std::size_t i = 0; i < columns.size(); ++i) out += sums(i, columns[i]);
    TRY(file_.write(out + "</table></section>\n</body></html>\n"));
    return file_.finish();
  }

 private:
  static std::string name_of(const Row& row) {
    if (!row.plan->description.empty()) return row.plan->description;
    return row.vars.members().empty() ? row.prompt : row.vars.json();
  }

  static std::string facts(const Row& row) {
    std::string out;
    if (row.answer.latency) out += " · " + std::to_string(row.answer.latency->count()) + " ms";
    if (row.answer.cost) out += " · " + row.answer.cost->to_string() + " USD";
    if (row.grading_spend.asked + row.grading_spend.from_cache > 0)
      out += " · grading " + row.grading_spend.cost.to_string() + " USD";
    if (row.answer.cached) out += " · cached";
    return out;
  }

  static std::string sums(std::size_t index, const Column& one) {
    const auto count = static_cast<double>(one.passed + one.failed + one.errors);
    const auto share = [&](std::size_t part) {
      return "<i style=\"width:" +
             number("%.3f", count == 0 ? 0 : 100 * static_cast<double>(part) / count) + "%\"></i>";
    };
    std::string metrics;
    for (const auto& [name, metric] : one.named) {
      metrics += (metrics.empty() ? "" : ", ") + name + " " +
                 score(metric.weight == 0 ? 0 : metric.score / metric.weight);
    }
    for (const auto& [name, value] : one.derived)
      metrics += (metrics.empty() ? "" : ", ") + name + " " + score(value);
    return "<tr>" + cell(std::to_string(index + 1), true) + cell(one.provider->label) +
           cell(utf8::truncate(one.prompt->label, kName)) + "<td><div class=\"bar\">" +
           share(one.passed) + share(one.failed) + share(one.errors) + "</div></td>" +
           cell(std::to_string(one.passed), true) + cell(std::to_string(one.failed), true) +
           cell(std::to_string(one.errors), true) +
           cell(score(count == 0 ? 0 : one.score / count), true) +
           cell(number("%.0f ms", count == 0 ? 0 : one.latency_ms / count), true) +
           cell(one.cost.to_string(), true) + cell(one.grading.cost.to_string(), true) +
           cell(metrics) + "</tr>";
  }

  ReportFile file_;
  const std::vector<Column>* columns_ = nullptr;
};

}  // namespace

std::unique_ptr<RowSink> html_report(std::string path) {
  return std::make_unique<Html>(std::move(path));
}

}  // namespace maester::evals
