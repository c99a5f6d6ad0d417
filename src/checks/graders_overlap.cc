// Checks by likeness: ROUGE-1, BLEU, GLEU.
#include <array>
#include <utility>

#include "checks/grader.h"
#include "checks/overlap.h"

namespace maester::checks {
namespace {

using Measure = double (*)(std::string_view output, const std::vector<std::string>& references);

class Overlap final : public Grader {
 public:
  Overlap(std::string_view name, Measure measure, std::vector<std::string> references, double least)
      : name_(name), measure_(measure), references_(std::move(references)), least_(least) {}
  Verdict run(const Subject& subject) const override {
    const double score = measure_(subject.output, references_);
    return {score >= least_, score,
            std::string(name_) + " is " + format_score(score) + ", " + format_score(least_) +
                " is wanted."};
  }

 private:
  std::string_view name_;
  Measure measure_;
  std::vector<std::string> references_;
  double least_;
};

Result<GraderPtr> overlap_of(const Spec& spec, std::string_view name, Measure measure,
                             double least) {
  std::vector<std::string> references;
  if (spec.value.is_array()) {
    TRY_ASSIGN(references, list_of(spec.value));
  } else {
    TRY_ASSIGN(std::string one, text_of(spec.value));
    references.push_back(std::move(one));
  }
  if (!spec.threshold.empty()) {
    TRY_ASSIGN(least, spec.threshold.as_double());
  }
  return std::make_shared<const Overlap>(name, measure, std::move(references), least);
}

Result<GraderPtr> rouge_of(const Spec& spec) {
  if (spec.value.is_array()) return malformed(spec.value, "must be one text");
  const Measure measure = [](std::string_view output, const std::vector<std::string>& references) {
    return rouge_1(output, references.front());
  };
  return overlap_of(spec, "ROUGE-1", measure, 0.75);
}

constexpr auto kTypes = std::to_array<std::pair<std::string_view, Factory>>({
    {"rouge_n", rouge_of},
    {"bleu", [](const Spec& spec) { return overlap_of(spec, "BLEU", bleu, 0.5); }},
    {"gleu", [](const Spec& spec) { return overlap_of(spec, "GLEU", gleu, 0.5); }},
});

}  // namespace

Factory overlap_factory(std::string_view type) {
  for (const auto& [name, factory] : kTypes) {
    if (name == type) return factory;
  }
  return nullptr;
}

}  // namespace maester::checks
