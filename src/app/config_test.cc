#include "app/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace maester::app {
namespace {

Environment environment() {
  Environment out;
  out.variable = [](std::string_view name) -> std::optional<std::string> {
    if (name == "OPENAI_API_KEY") return "sk-test-123";
    if (name == "TEAM_KEY") return "mst_0123456789abcdef";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  out.file = [](const std::string& path) -> Result<std::string> {
    if (path == "secret.txt") return "from-file";
    return fail(Code::io_error, "`" + path + "` is not a file, or may not be read");
  };
  return out;
}

std::expected<LoadedConfig, Problems> parse(std::string_view toml) {
  return parse_config(toml, "maester.toml", environment());
}

gateway::Config good(std::string_view toml) {
  auto loaded = parse(toml);
  EXPECT_TRUE(loaded) << (loaded ? "" : to_string(loaded.error()));
  return loaded ? std::move(loaded->config) : gateway::Config{};
}

constexpr std::string_view kContractExample = R"(
listen = "127.0.0.1:8080"
data_dir = "maester-data"
default_model = "gpt-4.1-mini"
[ledger]
durability = "process"
[capture]
replay = "metadata"
retention_days = 30
[[providers]]
name = "openai"
kind = "openai"
base_url = "https://api.openai.com/v1"
api_key = "${env:OPENAI_API_KEY}"
[[models]]
name = "gpt-4.1-mini"
provider = "openai"
upstream_model = "gpt-4.1-mini"
price = { input_per_mtok = "0.40", cached_input_per_mtok = "0.10", output_per_mtok = "1.60" }
[[models]]
name = "gpt-4.1"
provider = "openai"
[[routes]]
name = "support"
strategy = "priority"
targets = [ { model = "gpt-4.1" }, { model = "gpt-4.1-mini" } ]
timeouts = { connect_ms = 5000, first_byte_ms = 60000, idle_ms = 60000, total_ms = 120000, stream_total_ms = 600000 }
retry = { attempts = 3, budget_percent = 10 }
hedge = { after_ms = 0 }
[egress]
allow = ["127.0.0.1:11434"]
)";

TEST(Config, ReadsTheExampleOfTheContract) {
  const gateway::Config config = good(kContractExample);
  EXPECT_EQ(config.default_model, "gpt-4.1-mini");
  ASSERT_EQ(config.providers.size(), 1u);
  ASSERT_EQ(config.providers[0].api_keys.size(), 1u);
  EXPECT_EQ(config.providers[0].api_keys[0].reveal(), "sk-test-123");
  ASSERT_EQ(config.models.size(), 2u);
  EXPECT_EQ(config.models[0].price->cached_input, FemtoUsd::parse("0.10"));
  EXPECT_FALSE(config.models[0].price->reasoning);
  EXPECT_FALSE(config.models[1].price);
  ASSERT_EQ(config.routes.size(), 1u);
  EXPECT_EQ(config.routes[0].targets,
            (std::vector<gateway::RouteTarget>{{"gpt-4.1", 1}, {"gpt-4.1-mini", 1}}));
  EXPECT_EQ(config.egress_allow, std::vector<std::string>{"127.0.0.1:11434"});
  EXPECT_EQ(config.version.size(), 12u);
}

TEST(Config, GivesTheDefaultsThatTheGatewayDeclares) {
  const gateway::Config config = good(
      "[[providers]]\nname='s'\nkind='simulated'\n"
      "[[models]]\nname='m'\nprovider='s'\n"
      "[[routes]]\nname='r'\ntargets=[{model='m'}]\n"
      "[[keys]]\nname='k'\nkey='${env:TEAM_KEY}'\n");
  const gateway::Config plain;
  const gateway::RouteConfig plain_route;
  EXPECT_EQ(config.listen, plain.listen);
  EXPECT_EQ(config.data_dir, plain.data_dir);
  EXPECT_EQ(config.durability, plain.durability);
  EXPECT_EQ(config.capture, plain.capture);
  EXPECT_EQ(config.retention_days, plain.retention_days);
  EXPECT_EQ(config.cores, plain.cores);
  EXPECT_EQ(config.log_level, plain.log_level);
  EXPECT_EQ(config.limits.chat_body, plain.limits.chat_body);
  EXPECT_EQ(config.limits.max_messages, plain.limits.max_messages);
  EXPECT_EQ(config.limits.max_tools, plain.limits.max_tools);
  EXPECT_EQ(config.limits.max_stop, plain.limits.max_stop);
  EXPECT_EQ(config.limits.max_n, plain.limits.max_n);
  EXPECT_EQ(config.limits.concurrency_per_key, plain.limits.concurrency_per_key);
  EXPECT_EQ(config.limits.concurrency_total, plain.limits.concurrency_total);
  EXPECT_EQ(config.limits.queue, plain.limits.queue);
  EXPECT_EQ(config.limits.concurrency_shadow, plain.limits.concurrency_shadow);
  EXPECT_EQ(config.routes[0].shadow, plain_route.shadow);
  EXPECT_EQ(config.limits.default_max_tokens, plain.limits.default_max_tokens);
  EXPECT_TRUE(config.journal && config.trace && config.log_requests && config.evaluate &&
              config.price);
  const gateway::SimulatedConfig simulated;
  EXPECT_EQ(config.providers[0].simulated.flavor, simulated.flavor);
  EXPECT_EQ(config.providers[0].simulated.fail_status, simulated.fail_status);
  const gateway::RouteConfig route;
  EXPECT_EQ(config.routes[0].strategy, route.strategy);
  EXPECT_EQ(config.routes[0].timeouts.connect, route.timeouts.connect);
  EXPECT_EQ(config.routes[0].timeouts.first_byte, route.timeouts.first_byte);
  EXPECT_EQ(config.routes[0].timeouts.idle, route.timeouts.idle);
  EXPECT_EQ(config.routes[0].timeouts.total, route.timeouts.total);
  EXPECT_EQ(config.routes[0].timeouts.stream_total, route.timeouts.stream_total);
  EXPECT_EQ(config.routes[0].retry_attempts, route.retry_attempts);
  EXPECT_EQ(config.routes[0].retry_budget_percent, route.retry_budget_percent);
  const gateway::ConfiguredKey key;
  EXPECT_EQ(config.keys[0].tenant, key.tenant);
  EXPECT_EQ(config.keys[0].role, key.role);
}

TEST(Config, SwitchesOffWhatIsMeasured) {
  const gateway::Config config =
      good("[debug]\njournal=false\ntrace=false\nlog_requests=false\nevaluate=false\nprice=false");
  EXPECT_FALSE(config.journal || config.trace || config.log_requests || config.evaluate ||
               config.price);
}

TEST(Config, PutsSecretsInOnceAndOnlyOnce) {
  const gateway::Config config = good(
      "[[providers]]\nname='a'\nkind='openai'\napi_keys=['${file:secret.txt}', "
      "'x-${env:OPENAI_API_KEY}-y']\n");
  std::vector<std::string> keys;
  for (const access::Secret& key : config.providers[0].api_keys) keys.emplace_back(key.reveal());
  EXPECT_EQ(keys, (std::vector<std::string>{"from-file", "x-sk-test-123-y"}));
  EXPECT_EQ(config.providers[0].base_url, "https://api.openai.com/v1");
}

TEST(Config, NamesAVersionByContentAndNotByLayoutOrSecret) {
  const std::string first = good("listen='127.0.0.1:1'\n[log]\nlevel='info'").version;
  EXPECT_EQ(good("# a comment\nlog.level = \"info\"\n\nlisten = \"127.0.0.1:1\"").version, first);
  EXPECT_NE(good("listen='127.0.0.1:2'").version, first);
}

TEST(Config, ParsesTheBuiltInDevelopmentConfiguration) {
  const gateway::Config config = good(dev_config_toml());
  EXPECT_EQ(config.capture, gateway::Capture::full);
  std::map<std::string, std::string> prices;
  for (const auto& model : config.models) {
    prices[model.provider + "/" + model.name] =
        model.price->input->to_string() + "/" + model.price->output->to_string();
  }
  EXPECT_EQ(prices, (std::map<std::string, std::string>{{"openai/gpt-4.1", "2/8"},
                                                        {"openai/gpt-4.1-mini", "0.4/1.6"},
                                                        {"openai/gpt-4o-mini", "0.15/0.6"},
                                                        {"anthropic/claude-3-5-sonnet", "3/15"},
                                                        {"anthropic/claude-3-5-haiku", "0.8/4"}}));
  EXPECT_EQ(config.providers[1].simulated.flavor, "Anthropic");
}

TEST(Config, ReadsSecretsBesideTheFile) {
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("maester-config-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "key") << "mst_0123456789abcdef\n";
  std::ofstream(directory / "maester.toml") << "[[keys]]\nname='k'\nkey='${file:key}'\n";
  const auto loaded = load_config(directory / "maester.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_EQ(loaded->config.keys[0].key.reveal(), "mst_0123456789abcdef");
  const auto missing = load_config(directory / "no.toml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error()[0].to_string(), (directory / "no.toml").string() + ": `" +
                                                (directory / "no.toml").string() +
                                                "` is not a file, or may not be read");
  std::filesystem::remove_all(directory);
}

TEST(Config, ChecksWithoutSecretsWhereTheyAreNotAtHand) {
  const auto loaded =
      parse_config("[[keys]]\nname='a'\nkey='${env:A}'\n[[keys]]\nname='b'\nkey='${file:b}'\n",
                   "maester.toml", Environment::stand_in());
  EXPECT_TRUE(loaded) << to_string(loaded.error());
}

}  // namespace
}  // namespace maester::app
