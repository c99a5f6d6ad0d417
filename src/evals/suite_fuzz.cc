// Oracles: reading never crashes; what is refused names its file; what is read runs with echo, each
// row with a verdict that fits its grading.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "evals/runner.h"
#include "evals/suite.h"
#include "evals/yaml.h"

namespace {

using namespace maester::evals;

void require(bool holds) {
  if (!holds) std::abort();
}

// Only what stands in the text itself: the input names no files.
bool names_files(const std::string& text) {
  return text.find("file:") != std::string::npos || text.find("tests:") == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (size > 20'000) return 0;
  const auto root = parse_yaml(text, "fuzz.yaml");
  if (!root) {
    require(root.error().message.starts_with("fuzz.yaml:"));
    return 0;
  }
  const auto again = parse_json(root->json());
  require(again.has_value() && again->json() == root->json());
  if (names_files(text)) return 0;
  Suite suite;
  suite.file = "fuzz.yaml";
  suite.unsupported = Unsupported::error;
  suite.default_test = root->get("defaultTest");
  for (const Value& test : root->get("tests").array()) {
    const auto plan = plan_test(suite, test, suite.file, false);
    if (!plan) {
      require(!plan.error().message.empty());
      continue;
    }
    std::size_t count = 0;
    const auto done =
        for_each_combination(*plan, "", [&](const Variables& variables) -> maester::Status {
          if (++count > 20) return maester::fail(maester::Code::cancelled, "enough");
          const auto vars = render_variables(variables);
          if (!vars) return {};
          Answer answer;
          answer.output = Value::of(vars->json());
          const std::string prompt = "p";
          const Graded subject{answer.output, answer, *vars, prompt, *root};
          const Grading grading = grade_all(plan->assertions, plan->threshold, subject);
          require(!(grading.error && grading.pass));
          return {};
        });
    require(done.has_value() || !done.error().message.empty());
  }
  return 0;
}
