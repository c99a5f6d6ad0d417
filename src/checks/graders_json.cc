// Checks of the answer as JSON.
#include <optional>

#include "checks/grader.h"
#include "codec/json_schema.h"

namespace maester::checks {
namespace {

// A model's JSON may be deeper and longer than what a client may send.
constexpr json::Limits kOutputLimits{.depth = 256, .keys = 200'000, .values = 1'000'000};

class IsJson final : public Grader {
 public:
  explicit IsJson(std::optional<JsonSchema> schema) : schema_(std::move(schema)) {}
  Verdict run(const Subject& subject) const override {
    const auto output = json::Document::parse(subject.output, kOutputLimits);
    if (!output) return Verdict::of(false, "The output is not JSON: " + output.error().message);
    if (!schema_) return Verdict::of(true, "The output is JSON.");
    const ValidationResult result = schema_->validate(output->root());
    if (result.valid) return Verdict::of(true, "The output matches its schema.");
    return Verdict::of(false, "The output does not match its schema: " +
                                  result.failures.front().to_string() + ".");
  }

 private:
  std::optional<JsonSchema> schema_;
};

// The schema as an object or a boolean, or as its text.
Result<GraderPtr> with_schema(const Spec& spec, const JsonSchema::Options& options) {
  const json::Value& value = spec.value;
  const bool usable = value.is_object() || value.is_bool() || value.is_string();
  if (!usable) return malformed(value, "must be a JSON schema");
  auto schema = JsonSchema::compile(value.is_string() ? value.string_or("") : value.raw(), options);
  if (!schema) {
    schema.error().param = value.path();
    return fail(std::move(schema.error()));
  }
  return std::make_shared<const IsJson>(*std::move(schema));
}

// As promptfoo has it: draft 7 unless `$schema` says otherwise, and a keyword that does not exist
// is a mistake.
Result<GraderPtr> is_json_of(const Spec& spec) {
  if (spec.value.empty()) return std::make_shared<const IsJson>(std::nullopt);
  JsonSchema::Options options;
  options.default_draft = JsonSchema::Draft::draft7;
  options.refuse_unknown_keywords = true;
  options.assert_formats = true;
  return with_schema(spec, options);
}

Result<GraderPtr> json_schema_of(const Spec& spec) {
  return with_schema(spec, {});
}

}  // namespace

Factory json_factory(std::string_view type) {
  if (type == "is_json") return is_json_of;
  if (type == "json_schema") return json_schema_of;
  return nullptr;
}

}  // namespace maester::checks
