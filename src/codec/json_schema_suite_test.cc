// The required tests of the JSON Schema Test Suite, both drafts, with its remote documents.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "codec/json_schema.h"
#include "support/shared.h"

namespace maester {
namespace {

namespace fs = std::filesystem;

using test::read_file;

void run_draft(const char* folder, JsonSchema::Draft draft) {
  SHARED_OR_SKIP(suite, "fixtures/json-schema");
  JsonSchema::Options options;
  options.default_draft = draft;
  for (const auto& entry : fs::recursive_directory_iterator(suite / "remotes")) {
    if (!entry.is_regular_file()) continue;
    const std::string path = fs::relative(entry.path(), suite / "remotes").string();
    options.documents["http://localhost:1234/" + path] = read_file(entry.path());
  }
  int tests = 0;
  for (const auto& entry : fs::directory_iterator(suite / folder)) {
    const auto file = json::Document::parse(read_file(entry.path()));
    ASSERT_TRUE(file) << entry.path();
    for (const json::Value group : file->root()) {
      const std::string name = entry.path().filename().string() + ": " +
                               std::string(group.get("description").string_or(""));
      const auto schema = JsonSchema::compile(group.get("schema").raw(), options);
      if (!schema) ADD_FAILURE() << name << ": " << schema.error().message;
      if (!schema) continue;
      for (const json::Value test : group.get("tests")) {
        const ValidationResult result = schema->validate(test.get("data"));
        EXPECT_EQ(result.valid, test.get("valid").bool_or(false))
            << name << ": " << test.get("description").string_or("") << " "
            << (result.valid ? "" : result.failures.front().to_string());
        EXPECT_EQ(result.valid, result.failures.empty());
        ++tests;
      }
    }
  }
  EXPECT_GT(tests, 300);
}

TEST(JsonSchemaSuite, Draft7) {
  run_draft("draft7", JsonSchema::Draft::draft7);
}
TEST(JsonSchemaSuite, Draft2020) {
  run_draft("draft2020-12", JsonSchema::Draft::draft2020_12);
}

}  // namespace
}  // namespace maester
