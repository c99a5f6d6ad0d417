// What a bad configuration is told: file, line, column, what is wrong and what was probably meant.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "app/config.h"

namespace maester::app {
namespace {

struct Bad {
  const char* name;
  const char* toml;
  const char* problems;  // all of them, in order
};
void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}

constexpr const char* kProviderAndModel =
    "[[providers]]\nname='s'\nkind='simulated'\n"
    "[[models]]\nname='gpt'\nprovider='s'\n";

class ConfigProblems : public ::testing::TestWithParam<Bad> {};

TEST_P(ConfigProblems, AreToldWithTheirPlace) {
  Environment environment;
  environment.variable = [](std::string_view name) -> std::optional<std::string> {
    return name == "KEY" ? std::optional<std::string>("0123456789abcdef") : std::nullopt;
  };
  environment.file = [](const std::string& path) -> Result<std::string> {
    return fail(Code::io_error, "`" + path + "` is not a file, or may not be read");
  };
  std::string toml = GetParam().toml;
  if (const auto at = toml.find("@"); at != std::string::npos)
    toml.replace(at, 1, kProviderAndModel);
  const auto loaded = parse_config(toml, "m.toml", environment);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(to_string(loaded.error()), GetParam().problems);
}

const Bad kBad[] = {
    {"unknown_key_at_the_top", "lisen = '127.0.0.1:1'",
     "m.toml:1:1: unknown key `lisen` in the top level; did you mean `listen`?\n"},
    {"unknown_key_in_a_table", "@modles = 'x'", "m.toml:7:1: unknown key `modles` in [[models]]\n"},
    {"unknown_key_far_from_any", "[ledger]\nzzzzzz = 1",
     "m.toml:2:1: unknown key `zzzzzz` in [ledger]\n"},
    {"unknown_nested_key", "@[[routes]]\nname='r'\ntargets=[{model='gpt'}]\nretry={atempts=1}",
     "m.toml:10:8: unknown key `atempts` in `retry` of [[routes]]; did you mean `attempts`?\n"},
    {"wrong_types", "listen = 8080\ncores = '4'\n[debug]\ntrace = 1\n",
     "m.toml:1:10: `listen` must be a string, not an integer\n"
     "m.toml:2:9: `cores` must be an integer, not a string\n"
     "m.toml:4:9: `trace` must be true or false, not an integer\n"},
    {"wrong_containers", "ledger = 1\nproviders = 'x'\nmodels = [1]\negress = {allow = 'x'}",
     "m.toml:1:10: `ledger` must be a table, not an integer\n"
     "m.toml:2:13: `providers` must be an array of tables, not a string\n"
     "m.toml:3:11: an entry of `models` must be a table, not an integer\n"
     "m.toml:4:19: `allow` must be an array of strings, not a string\n"},
    {"out_of_bounds", "cores = 5000\n[capture]\nretention_days = 0",
     "m.toml:1:9: `cores` must be between 0 and 1024, not 5000\n"
     "m.toml:3:18: `retention_days` must be between 1 and 3650, not 0\n"},
    {"float_for_an_integer", "cores = 1.0",
     "m.toml:1:9: `cores` must be an integer, not a float\n"},
    {"price_as_a_float", "@price = { input_per_mtok = 0.40, output_per_mtok = 'abc' }",
     "m.toml:7:28: `input_per_mtok` must be a decimal in a string, such as \"0.40\": a number in "
     "TOML is a binary float, which cannot hold most prices exactly\n"
     "m.toml:7:52: `output_per_mtok` must be a decimal from 0 to 1000000, such as \"0.40\", not "
     "`abc`\n"},
    {"price_negative_or_too_fine",
     "@price = { input_per_mtok = '-1', output_per_mtok = '0.0000000001' }",
     "m.toml:7:28: `input_per_mtok` must be a decimal from 0 to 1000000, such as \"0.40\", not "
     "`-1`\n"
     "m.toml:7:52: `output_per_mtok` has more than 9 decimals: a token's price would not be "
     "exact\n"},
    {"choice", "[ledger]\ndurability = 'proces'",
     "m.toml:2:14: `durability` must be one of `process`, `power`, not `proces`; did you mean "
     "`process`?\n"},
    {"kind_misspelt", "[[providers]]\nname = 'g'\nkind = 'gemni'",
     "m.toml:3:8: `kind` must be one of `openai`, `anthropic`, `gemini`, `bedrock`, `azure`, "
     "`mistral`, `cohere`, `ollama`, `openai-compatible`, `simulated`, not `gemni`; did you mean "
     "`gemini`?\n"},
    {"keys_of_kinds",
     "[[providers]]\nname='g'\nkind='gemini'\n[[providers]]\nname='b'\nkind='bedrock'\n"
     "access_key_id='a'\n[[providers]]\nname='z'\nkind='azure'\napi_key='k'\n"
     "[[providers]]\nname='r'\nkind='bedrock'\napi_key='k'\nregion='US East'\n"
     "[[providers]]\nname='o'\nkind='openai'\napi_key='k'\nregion='x'",
     "m.toml:1:1: provider `g` needs `api_key`, such as \"${env:GEMINI_API_KEY}\"\n"
     "m.toml:4:1: provider `b` needs `region`, such as \"us-east-1\"\n"
     "m.toml:4:1: provider `b` needs both `access_key_id` and `secret_access_key`, or an `api_key` "
     "in their place\n"
     "m.toml:8:1: provider `z` needs `base_url`, such as \"https://NAME.openai.azure.com\"\n"
     "m.toml:16:8: `region` is a name such as `us-east-1`, not `US East`\n"
     "m.toml:21:8: `region` is for providers of kind `bedrock` only\n"},
    {"sticky_without_weights",
     "@[[routes]]\nname='r'\nsticky='user'\ntargets=[{model='gpt', weight=2}]",
     "m.toml:9:8: `sticky` is for strategy `weighted` only\n"},
    {"dangling_fallback",
     "@[[routes]]\nname='r'\ntargets=[{model='gpt'}]\nfallbacks={context_length=['gtp']}",
     "m.toml:10:28: unknown model `gtp` in route `r`; did you mean `gpt`?\n"},
    {"hedging_too_much",
     "@[[routes]]\nname='r'\ntargets=[{model='gpt'}]\nhedge={after_ms=20, max_percent=3}",
     "m.toml:10:33: `max_percent` must be between 1 and 2, not 3\n"},
    {"dangling_shadow",
     "@[[routes]]\nname='r'\ntargets=[{model='gpt'}]\nshadow={model='gtp', percent=101}",
     "m.toml:10:15: unknown model `gtp` in route `r`; did you mean `gpt`?\n"
     "m.toml:10:30: `percent` must be between 1 and 100, not 101\n"},
    {"rules_of_policies",
     "[[policies]]\nname = 'p'\ninput = [\n{type='pii', kinds=['emial']},\n{type='regexp'},\n"
     "{type='injection', action='redact'},\n{type='words', words=['x'], url='y'},\n"
     "{type='regex', patterns=['(a']} ]",
     "m.toml:4:21: unknown kind `emial`; did you mean `email`?\n"
     "m.toml:5:7: `type` must be one of `pii`, `secrets`, `injection`, `words`, `topics`, `regex`, "
     "`languages`, `urls`, `length`, `json_schema`, `moderation`, `webhook`, not `regexp`; did you "
     "mean `regex`?\n"
     "m.toml:6:27: a rule of type `injection` judges a text as a whole and cannot redact: choose "
     "`record` or `block`\n"
     "m.toml:7:33: `url` is not a setting of rules of type `words`\n"
     "m.toml:8:26: The pattern `(a` cannot be used: its syntax is wrong or it is too large.\n"},
    {"dangling_policies",
     "default_policy = 'strict'\n[[policies]]\nname = 'strikt'\n[[policy_for]]\npolicy = 'x'",
     "m.toml:1:18: unknown policy `strict`; did you mean `strikt`?\n"
     "m.toml:4:1: [[policy_for]] needs `tenant` or `key`, not both\n"
     "m.toml:5:10: unknown policy `x`\n"},
    {"tools",
     "[[tools]]\nname = 't'\nroles = ['membr']\nschema = '{\"type\": 7}'\n[[tools]]\nname = 't'",
     "m.toml:3:10: unknown role `membr`; did you mean `member`?\n"
     "m.toml:4:10: the schema of tool `t`: The schema's `type` names no type.\n"
     "m.toml:6:8: two [[tools]] of the same tenant are named `t`\n"},
    {"missing_keys", "[[models]]\n[[providers]]\nname='x'\n",
     "m.toml:1:1: [[models]] needs `name`\n"
     "m.toml:1:1: [[models]] needs `provider`\n"
     "m.toml:2:1: [[providers]] needs `kind`\n"},
    {"dangling_provider", "@[[models]]\nname='b'\nprovider='simm'",
     "m.toml:9:10: unknown provider `simm`; there is `s`\n"},
    {"dangling_target", "@[[routes]]\nname='r'\ntargets=[{model='gtp'}]",
     "m.toml:9:17: unknown model `gtp` in route `r`; did you mean `gpt`?\n"},
    {"dangling_default", "default_model='gpp'\n@",
     "m.toml:1:15: unknown model or route `gpp` as `default_model`; did you mean `gpt`?\n"},
    {"double_names",
     "@[[providers]]\nname='s'\nkind='simulated'\n[[models]]\nname='gpt'\nprovider='s'\n"
     "[[routes]]\nname='gpt'\ntargets=[{model='gpt'}]",
     "m.toml:8:6: two [[providers]] are named `s`\n"
     "m.toml:11:6: two [[models]] are named `gpt`\n"
     "m.toml:14:6: route `gpt` has the name of a model or of another route\n"},
    {"route_without_targets", "@[[routes]]\nname='r'\ntargets=[]",
     "m.toml:9:9: route `r` needs at least one target\n"},
    {"star_in_the_middle",
     "[[providers]]\nname='s'\nkind='simulated'\n[[models]]\nname='a*b'\n"
     "provider='s'",
     "m.toml:5:6: `a*b`: a star stands only at the end, after a slash, as in \"openai/*\"\n"},
    {"plain_http", "[[providers]]\nname='a'\nkind='openai'\nbase_url='http://api.example.com/v1'",
     "m.toml:4:10: `base_url` is plain http, which shows the credential to the network: use https, "
     "or add \"api.example.com:80\" to egress.allow\n"},
    {"loopback_not_allowed",
     "[[providers]]\nname='a'\nkind='openai-compatible'\nbase_url='http://127.0.0.1:11434/v1'",
     "m.toml:4:10: `base_url` is on this machine, where the server does not connect to unless "
     "told: add \"127.0.0.1:11434\" to egress.allow\n"},
    {"no_credential", "[[providers]]\nname='a'\nkind='anthropic'\n",
     "m.toml:1:1: provider `a` needs `api_key`, such as \"${env:ANTHROPIC_API_KEY}\"\n"},
    {"two_credentials", "[[providers]]\nname='a'\nkind='openai'\napi_key='x'\napi_keys=['y']",
     "m.toml:5:10: provider `a` has both `api_key` and `api_keys`; keep one\n"},
    {"settings_of_another_kind",
     "[[providers]]\nname='a'\nkind='openai'\napi_key='x'\nsimulated={}\n"
     "[[providers]]\nname='b'\nkind='simulated'\nbase_url='https://x.example'\n"
     "[[providers]]\nname='c'\nkind='openai-compatible'",
     "m.toml:5:11: `simulated` is for providers of kind `simulated` only\n"
     "m.toml:9:10: a simulated provider has no `base_url`; remove it\n"
     "m.toml:10:1: provider `c` needs `base_url`\n"},
    {"references",
     "listen='${env:NOPE}'\ndata_dir='${envv:X}'\n[[keys]]\nname='${env:KEY'\nkey='${file:gone}'",
     "m.toml:1:8: `listen`: environment variable `NOPE` is not set; set it, or check with "
     "--no-secrets\n"
     "m.toml:2:10: `data_dir`: `${envv:X}` is not a reference; write `${env:NAME}` or "
     "`${file:PATH}`\n"
     "m.toml:4:6: `name`: `${` without its `}`\n"
     "m.toml:5:5: `key`: `gone` is not a file, or may not be read\n"},
    {"keys",
     "[[keys]]\nname='a'\nkey='short'\n[[keys]]\nname='a'\nkey='${env:KEY}'\nrole='owner'\n"
     "[[keys]]\nname='c'\nkey='${env:KEY}'",
     "m.toml:3:5: the key of `a` has 5 characters; a key needs 16 or more\n"
     "m.toml:5:6: two [[keys]] are named `a`\n"
     "m.toml:7:6: `role` must be one of `viewer`, `member`, `admin`, not `owner`\n"
     "m.toml:10:5: the key of `c` is also that of another entry\n"},
    {"listen", "listen='localhost:8080'",
     "m.toml:1:8: `listen` must be ADDRESS:PORT with a numeric address, such as "
     "\"127.0.0.1:8080\" or \"[::1]:8080\", not `localhost:8080`\n"},
    {"half_of_tls", "[tls]\nkey='k.pem'", "m.toml:1:1: [tls] needs both `certificate` and `key`\n"},
    {"egress", "[egress]\nallow=['ollama', 3]",
     "m.toml:2:8: `allow` names HOST:PORT, such as \"127.0.0.1:11434\", not `ollama`\n"
     "m.toml:2:18: `allow` must be a string, not an integer\n"},
};

INSTANTIATE_TEST_SUITE_P(, ConfigProblems, ::testing::ValuesIn(kBad),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ConfigSyntax, TellsWhereTheTextDoesNotParse) {
  const auto loaded = parse_config("a = 1\nb = = 2\n", "m.toml", Environment::stand_in());
  ASSERT_FALSE(loaded);
  ASSERT_EQ(loaded.error().size(), 1u) << to_string(loaded.error());
  EXPECT_TRUE(loaded.error()[0].to_string().starts_with("m.toml:2:")) << to_string(loaded.error());
}

TEST(ConfigSyntax, NeverQuotesASecret) {
  Environment environment = Environment::stand_in();
  environment.variable = [](std::string_view) { return std::optional<std::string>("s3cr3t"); };
  const auto loaded = parse_config(
      "[[keys]]\nname='a'\nkey='${env:K}'\n[[providers]]\nname='b'\nkind='openai'\n"
      "api_key=['${env:K}']",
      "m.toml", environment);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(to_string(loaded.error()).find("s3cr3t"), std::string::npos);
}

TEST(ConfigSyntax, RefusesTextThatIsNotUtf8) {
  const auto loaded = parse_config("a = \"\xff\"", "m.toml", Environment::stand_in());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(to_string(loaded.error()), "m.toml: the file is not valid UTF-8\n");
}

}  // namespace
}  // namespace maester::app
