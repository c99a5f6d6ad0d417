#include "app/config_describe.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "app/config.h"
#include "codec/json.h"

namespace maester::app {
namespace {

TEST(ConfigSchema, IsJsonThatNamesEveryTable) {
  const auto doc = json::Document::parse(config_json_schema());
  ASSERT_TRUE(doc) << doc.error().message;
  const json::Value top = doc->root().get("properties");
  EXPECT_EQ(top.get("listen").get("default").string_or(""), "127.0.0.1:8080");
  EXPECT_EQ(top.get("ledger").get("properties").get("durability").get("enum").size(), 2u);
  const json::Value route = top.get("routes").get("items");
  EXPECT_EQ(route.get("required").size(), 2u);
  EXPECT_FALSE(route.get("additionalProperties").bool_or(true));
  EXPECT_EQ(route.get("properties")
                .get("retry")
                .get("properties")
                .get("attempts")
                .get("maximum")
                .int_or(0),
            3);
  const json::Value rule = top.get("policies").get("items").get("properties").get("input");
  EXPECT_EQ(rule.get("items").get("properties").get("type").get("enum").size(), 12u)
      << "every type of rule is offered";
}

TEST(ConfigExplain, TellsWhereValuesCameFromAndKeepsSecrets) {
  Environment environment = Environment::stand_in();
  environment.variable = [](std::string_view) {
    return std::optional<std::string>("s3cr3t-s3cr3t-s3cr3t");
  };
  const auto loaded = parse_config(
      "listen = '127.0.0.1:${env:PORT}'\n[capture]\nreplay='full'\n"
      "[[providers]]\nname='p'\nkind='openai'\napi_keys=['${env:A}', 'literal']\n"
      "[[keys]]\nname='k'\nkey='${env:B}'\n",
      "m.toml",
      Environment{[](std::string_view name) {
                    return std::optional<std::string>(name == "PORT" ? "99"
                                                                     : "s3cr3t-s3cr3t-s3cr3t");
                  },
                  environment.file});
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  std::string all;
  for (const Setting& setting : explain_config(loaded->tree)) {
    all += setting.key + " = " + setting.value + " (" + setting.origin + ")\n";
    EXPECT_FALSE(setting.help.empty()) << setting.key;
  }
  for (const char* line : {
           "listen = \"127.0.0.1:99\" (env)\n",
           "capture.replay = \"full\" (file)\n",
           "capture.retention_days = 30 (default)\n",
           "providers[0].api_key =  (default)\n",
           "providers[0].api_keys = [(secret), (secret)] (env)\n",
           "keys[0].key = (secret) (env)\n",
           "models = [] (default)\n",
       }) {
    EXPECT_NE(all.find(line), std::string::npos) << line << "is not in\n" << all;
  }
  EXPECT_EQ(all.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(all.find("literal"), std::string::npos);
}

TEST(ConfigReference, IsWhatTheDocumentationHas) {
  std::ifstream in(MAESTER_SOURCE_DIR "/docs/reference/configuration.md");
  const std::string written((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_EQ(written, config_reference_markdown())
      << "write it anew: maester config schema --markdown > docs/reference/configuration.md";
}

}  // namespace
}  // namespace maester::app
