// Inside of checks: the rules behind the types. Private to the module.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "checks/check.h"

namespace maester::checks {

struct Verdict {
  bool passed = false;
  double score = 0;
  std::string reason;
  bool error = false;

  static Verdict of(bool passed, std::string reason) {
    return {passed, passed ? 1.0 : 0.0, std::move(reason), false};
  }
  static Verdict not_gradable(std::string reason) { return {false, 0, std::move(reason), true}; }
};

class Grader {
 public:
  virtual ~Grader() = default;
  virtual Verdict run(const Subject& subject) const = 0;
};

using GraderPtr = std::shared_ptr<const Grader>;
// What a type's factory reads: the check's members, and the whole object for paths in errors.
struct Spec {
  json::Value check;
  json::Value value;
  json::Value threshold;
};
using Factory = Result<GraderPtr> (*)(const Spec&);

// The factory of a type (with `_`, aliases resolved), null when unknown. Each graders_*.cc has its
// own table.
Factory text_factory(std::string_view type);
Factory json_factory(std::string_view type);
Factory measure_factory(std::string_view type);
Factory form_factory(std::string_view type);
Factory overlap_factory(std::string_view type);

// A malformed value: "`maester.checks[1].value` must be ...".
std::unexpected<Error> malformed(const json::Value& place, std::string_view what);
// A non-empty string, or a number's text.
Result<std::string> text_of(const json::Value& value);
// A list: an array of such texts, or one string split at commas with quotes ("a, \"b,c\"").
Result<std::vector<std::string>> list_of(const json::Value& value);

GraderPtr make_non_empty();
GraderPtr make_required_terms(std::vector<std::string> terms);
GraderPtr make_max_length(std::size_t maximum);

}  // namespace maester::checks
