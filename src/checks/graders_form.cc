// Checks of the answer's form: JSON somewhere in it, XML, HTML, SQL; and whether it is a refusal.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "checks/grader.h"
#include "checks/markup.h"
#include "checks/refusal.h"
#include "checks/relaxed_json.h"
#include "checks/sql.h"
#include "codec/json_schema.h"

namespace maester::checks {
namespace {

class ContainsJson final : public Grader {
 public:
  explicit ContainsJson(std::optional<JsonSchema> schema) : schema_(std::move(schema)) {}
  Verdict run(const Subject& subject) const override {
    const std::vector<std::string> found = find_objects(subject.output);
    if (found.empty()) return Verdict::of(false, "The output contains no JSON object.");
    if (!schema_) return Verdict::of(true, "The output contains a JSON object.");
    std::string fault;
    for (const std::string& one : found) {
      const auto document = json::Document::parse(one);
      if (!document) continue;
      const ValidationResult result = schema_->validate(document->root());
      if (result.valid) return Verdict::of(true, "The output contains a matching JSON object.");
      fault = result.failures.front().to_string();
    }
    return Verdict::of(false, "No JSON object in the output matches the schema: " + fault + ".");
  }

 private:
  std::optional<JsonSchema> schema_;
};

Result<GraderPtr> contains_json_of(const Spec& spec) {
  if (spec.value.empty()) return std::make_shared<const ContainsJson>(std::nullopt);
  const json::Value& value = spec.value;
  if (!value.is_object() && !value.is_bool() && !value.is_string())
    return malformed(value, "must be a JSON schema");
  JsonSchema::Options options;
  options.default_draft = JsonSchema::Draft::draft7;
  options.refuse_unknown_keywords = true;
  options.assert_formats = true;
  auto schema = JsonSchema::compile(value.is_string() ? value.string_or("") : value.raw(), options);
  if (!schema) {
    schema.error().param = value.path();
    return fail(std::move(schema.error()));
  }
  return std::make_shared<const ContainsJson>(*std::move(schema));
}

// The elements that must be there, by their paths: "note.to,note.body".
Result<std::vector<std::string>> paths_of(const json::Value& value) {
  if (value.empty()) return std::vector<std::string>();
  return list_of(value.is_object() ? value.get("requiredElements") : value);
}

std::string missing(const Xml& xml, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (!xml.paths.contains(path)) return path;
  }
  return {};
}

template <bool anywhere>
class XmlCheck final : public Grader {
 public:
  explicit XmlCheck(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  Verdict run(const Subject& subject) const override {
    if constexpr (!anywhere) {
      const auto from = subject.output.find_first_not_of(" \t\r\n");
      const Xml xml = read_xml(subject.output.substr(std::min(from, subject.output.size())));
      if (!xml.well_formed) return Verdict::of(false, "The output is not XML: " + xml.fault + ".");
      const std::string lacks = missing(xml, paths_);
      if (!lacks.empty()) return Verdict::of(false, "The XML has no element `" + lacks + "`.");
      return Verdict::of(true, "The output is XML.");
    } else {
      return find(subject.output);
    }
  }

 private:
  static constexpr std::size_t kMaxWork = 4'000'000;
  Verdict find(std::string_view text) const {
    std::size_t work = 0;
    for (std::size_t at = text.find('<'); at != std::string_view::npos && work < kMaxWork;) {
      const Xml xml = read_xml_fragment(text.substr(at));
      work += xml.end + 64;
      if (xml.well_formed && missing(xml, paths_).empty())
        return Verdict::of(true, "The output contains XML.");
      at = text.find('<', at + 1);
    }
    return Verdict::of(false, "The output contains no XML that fits.");
  }
  std::vector<std::string> paths_;
};

template <bool anywhere>
Result<GraderPtr> xml_of(const Spec& spec) {
  TRY_ASSIGN(auto paths, paths_of(spec.value));
  return std::make_shared<const XmlCheck<anywhere>>(std::move(paths));
}

// A yes or no about the text alone.
class Predicate final : public Grader {
 public:
  using Test = bool (*)(std::string_view);
  Predicate(Test test, std::string_view what) : test_(test), what_(what) {}
  Verdict run(const Subject& subject) const override {
    const bool holds = test_(subject.output);
    return Verdict::of(holds, "The output " +
                                  std::string(holds ? "" : "is not what it should be: it ") +
                                  (holds ? "" : "does not ") + std::string(what_) + ".");
  }

 private:
  Test test_;
  std::string_view what_;
};

template <Predicate::Test test>
GraderPtr predicate(std::string_view what) {
  return std::make_shared<const Predicate>(test, what);
}

bool contains_sql(std::string_view text) {
  bool fenced = false;
  for (const std::string_view fence : {"```", "~~~"}) {
    for (std::size_t at = text.find(fence); at != std::string_view::npos;) {
      const std::size_t line = text.find('\n', at);
      const std::size_t end = line == std::string_view::npos ? line : text.find(fence, line);
      if (end == std::string_view::npos) break;
      std::string_view tag = text.substr(at + 3, line - at - 3);
      while (!tag.empty() && (tag.back() == ' ' || tag.back() == '\r')) tag.remove_suffix(1);
      if (tag.empty() || tag == "sql" || tag == "SQL") {
        fenced = true;
        if (is_sql(text.substr(line, end - line))) return true;
      }
      at = text.find(fence, end + 3);
    }
  }
  return !fenced && is_sql(text);
}

template <Predicate::Test test>
Result<GraderPtr> sql_of(const Spec& spec) {
  if (!spec.value.empty())
    return malformed(spec.value, "is not supported: SQL is judged by its form alone");
  return predicate<test>("hold a well-formed SQL statement");
}

constexpr auto kTypes = std::to_array<std::pair<std::string_view, Factory>>({
    {"contains_json", contains_json_of},
    {"is_xml", xml_of<false>},
    {"contains_xml", xml_of<true>},
    {"is_html",
     [](const Spec&) -> Result<GraderPtr> { return predicate<is_html>("consist of HTML"); }},
    {"contains_html",
     [](const Spec&) -> Result<GraderPtr> { return predicate<contains_html>("contain HTML"); }},
    {"is_refusal",
     [](const Spec&) -> Result<GraderPtr> { return predicate<is_refusal>("decline"); }},
    {"is_sql", sql_of<is_sql>},
    {"contains_sql", sql_of<contains_sql>},
});

}  // namespace

Factory form_factory(std::string_view type) {
  for (const auto& [name, factory] : kTypes) {
    if (name == type) return factory;
  }
  return nullptr;
}

}  // namespace maester::checks
