#include "prompts/settings.h"

#include <gtest/gtest.h>

namespace maester::prompts {
namespace {

TEST(Settings, AreReadFromTheConfig) {
  const auto read = read_settings(
      R"({"model":"m","temperature":0.10,"max_tokens":5,"seed":-1,"stop":["a","b"],"owner":{"x":1},
          "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->model, "m");
  EXPECT_EQ(read->temperature, "0.10") << "as it was written";
  EXPECT_EQ(read->max_tokens, 5);
  EXPECT_EQ(read->seed, -1);
  EXPECT_EQ(read->stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(read->response_format.starts_with(R"({"type":"json_schema")"));
  EXPECT_EQ(read_settings(R"({"max_tokens":5,"max_completion_tokens":7})")->max_tokens, 7);
  EXPECT_EQ(read_settings("")->max_tokens, std::nullopt);
}

TEST(Settings, SayWhichMemberIsWrong) {
  const auto param = [](std::string_view config) {
    const auto read = read_settings(config);
    return read ? std::string("fine") : read.error().param;
  };
  EXPECT_EQ(param(R"({"temperature":"hot"})"), "config.temperature");
  EXPECT_EQ(param(R"({"temperature":2.1})"), "config.temperature");
  EXPECT_EQ(param(R"({"max_tokens":0})"), "config.max_tokens");
  EXPECT_EQ(param(R"({"model":7})"), "config.model");
  EXPECT_EQ(param(R"({"stop":7})"), "config.stop");
  EXPECT_EQ(param(R"({"response_format":{"type":"xml"}})"), "config.response_format.type");
  EXPECT_EQ(param(R"({"response_format":{"type":"json_schema","json_schema":{"schema":{}}}})"),
            "config.response_format.json_schema.name");
  EXPECT_EQ(param(R"({"response_format":{"type":"json_schema","json_schema":
                      {"name":"n","schema":{"type":"objekt"}}}})"),
            "config.response_format.json_schema.schema");
  EXPECT_EQ(param(R"({"model":"a","model":"b"})"), "config");
  EXPECT_EQ(param("[]"), "config");
}

}  // namespace
}  // namespace maester::prompts
