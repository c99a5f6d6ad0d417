#include "codec/json_schema.h"

#include "codec/schema_compiler.h"
#include "codec/schema_validator.h"

namespace maester {

std::string ValidationFailure::to_string() const {
  return instance_path.empty() ? message : instance_path + ": " + message;
}

Result<JsonSchema> JsonSchema::compile(std::string_view schema_json, const Options& options) {
  auto compiled = std::make_shared<schema::Compiled>();
  compiled->max_steps = options.max_steps;
  TRY(schema::Compiler(*compiled, options).run(schema_json));
  JsonSchema out;
  out.compiled_ = std::move(compiled);
  return out;
}

Result<JsonSchema> JsonSchema::compile(std::string_view schema_json) {
  return compile(schema_json, Options());
}

ValidationResult JsonSchema::validate(const json::Value& instance) const {
  ValidationResult result;
  schema::Validator(*compiled_, result).run(instance);
  return result;
}

}  // namespace maester
