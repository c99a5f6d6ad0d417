// JSON Schema, drafts 7 and 2020-12: compile once, validate often. `format` and content* are
// annotations, as both drafts have it by default (but see Options::assert_formats). Nothing is
// fetched: a $ref to another document is looked up in Options::documents.
//
//   TRY_ASSIGN(JsonSchema schema, JsonSchema::compile(text, {}));
//   ValidationResult result = schema.validate(doc.root());
//
// Numbers are compared exactly, whatever their size. Work is bounded (Options::max_steps), so that
// a schema whose references double at every level is refused instead of running for years.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace maester {

namespace schema {
struct Compiled;
}

struct ValidationFailure {
  std::string instance_path;  // a JSON pointer: "/a/0", "" for the whole value
  std::string keyword;        // "type"
  std::string message;        // "must be integer"
  // "/a/0: must be integer"; of the whole value just "must be integer".
  std::string to_string() const;
};

struct ValidationResult {
  bool valid = true;
  std::vector<ValidationFailure> failures;  // at most 20; one at least when not valid
};

class JsonSchema {
 public:
  enum class Draft : std::uint8_t { draft7, draft2020_12 };

  struct Options {
    Draft default_draft = Draft::draft2020_12;  // for a schema without `$schema`
    std::map<std::string, std::string, std::less<>>
        documents;  // URI -> text, for $ref; never fetched
    bool refuse_unknown_keywords = false;
    // `format` is a demand, by ajv-formats' names, and an unknown name a mistake of the schema.
    bool assert_formats = false;
    std::uint64_t max_steps = 2'000'000;  // schemas applied to values, in one validation
  };

  // Fails with Code::invalid_request naming the place in the schema: a malformed keyword, a
  // reference to nowhere, a pattern that RE2 cannot run, an unknown dialect or required vocabulary.
  static Result<JsonSchema> compile(std::string_view schema_json, const Options& options);
  static Result<JsonSchema> compile(std::string_view schema_json);

  // Thread-safe: a compiled schema does not change. Copies share it.
  ValidationResult validate(const json::Value& instance) const;

 private:
  std::shared_ptr<const schema::Compiled> compiled_;
};

}  // namespace maester
