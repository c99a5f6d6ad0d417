#include "app/cli.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace maester::app {
namespace {

// A server of canned answers that writes down what it was asked.
struct FakeServer {
  std::map<std::string, ApiReply> replies;  // "GET /v1/prompts"
  std::vector<std::string> asked;
  std::string url, key;
};

class FakeApi final : public Api {
 public:
  explicit FakeApi(FakeServer& server) : server_(server) {}
  Result<ApiReply> call(std::string_view method, const std::string& path, std::string body,
                        std::string_view) override {
    const std::string line = std::string(method) + " " + path;
    server_.asked.push_back(body.empty() ? line : line + " " + body);
    const auto found = server_.replies.find(line);
    if (found == server_.replies.end()) return fail(Code::upstream_error, "connection refused");
    return found->second;
  }

 private:
  FakeServer& server_;
};

struct Ran {
  int status = 0;
  std::string out, err;
};

class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    directory_ = std::filesystem::temp_directory_path() /
                 ("maester-cli-" + std::to_string(getpid()) + "-" +
                  ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~CliTest() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  std::string read(const std::string& name) {
    std::ifstream in(directory_ / name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  Ran run(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    const CliEnvironment environment{
        .out = out,
        .err = err,
        .variable = [this](std::string_view name) -> std::optional<std::string> {
          const auto found = variables_.find(std::string(name));
          return found == variables_.end() ? std::nullopt : std::optional(found->second);
        },
        .connect = [this](const std::string& url,
                          const std::string& key) -> Result<std::unique_ptr<Api>> {
          server_.url = url;
          server_.key = key;
          return std::make_unique<FakeApi>(server_);
        },
        .serve =
            [this](gateway::Config config, const ServeOptions& options) {
              served_ = std::move(config);
              serve_options_ = options;
              return 7;
            },
    };
    std::vector<const char*> argv = {"maester"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    Ran ran;
    ran.status = run_cli(static_cast<int>(argv.size()), argv.data(), environment);
    ran.out = out.str();
    ran.err = err.str();
    return ran;
  }

  std::filesystem::path directory_;
  std::map<std::string, std::string> variables_;
  FakeServer server_;
  std::optional<gateway::Config> served_;
  ServeOptions serve_options_;
};

TEST_F(CliTest, TellsWrongUsageFromFailure) {
  EXPECT_EQ(run({}).status, 2);
  EXPECT_EQ(run({"promts"}).status, 2);
  EXPECT_EQ(run({"usage", "--group"}).status, 2);
  EXPECT_EQ(run({"prompts", "list", "-o", "yaml"}).status, 2);
  EXPECT_EQ(run({"prompts", "show"}).status, 2);
  EXPECT_EQ(run({"prompts", "list"}).status, 1);
  const Ran help = run({"prompts", "push", "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("docs/how-to/prompts.md"), std::string::npos);
  EXPECT_EQ(help.err, "");
}

TEST_F(CliTest, ShowsItsVersion) {
  const Ran ran = run({"version"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.out.starts_with("maester 0.")) << ran.out;
  EXPECT_TRUE(run({"version", "-o", "json"}).out.starts_with("{\"version\":\"0."));
}

TEST_F(CliTest, ChecksAConfiguration) {
  const std::string good = write("good.toml", "[[keys]]\nname='a'\nkey='${env:NOT_SET_ANYWHERE}'");
  const Ran bad = run({"config", "check", good});
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(bad.out, "");
  EXPECT_EQ(bad.err, good +
                         ":3:5: `key`: environment variable `NOT_SET_ANYWHERE` is not set; set "
                         "it, or check with --no-secrets\nmaester: 1 problem\n");
  const Ran fine = run({"config", "check", good, "--no-secrets"});
  EXPECT_EQ(fine.status, 0) << fine.err;
  EXPECT_TRUE(fine.out.starts_with(good + ": ok, version ")) << fine.out;
}

TEST_F(CliTest, ExplainsTheDevelopmentConfiguration) {
  const Ran ran = run({"config", "explain", "--dev"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("models[1].name"), std::string::npos);
  EXPECT_TRUE(ran.out.starts_with("KEY  ")) << ran.out.substr(0, 80);
}

TEST_F(CliTest, SaysWhatToDoWhenNoServerAnswers) {
  const Ran ran = run({"prompts", "list"});
  EXPECT_EQ(ran.err,
            "maester: no answer from http://127.0.0.1:8080: connection refused\nIs the "
            "server running there? Start one with `maester serve`, or set MAESTER_URL.\n");
}

TEST_F(CliTest, SpeaksToTheServerOfTheEnvironment) {
  variables_["MAESTER_URL"] = "https://maester.example/x";
  variables_["MAESTER_API_KEY"] = "mst_k";
  run({"prompts", "list"});
  EXPECT_EQ(server_.url, "https://maester.example/x");
  EXPECT_EQ(server_.key, "mst_k");
}

TEST_F(CliTest, ShowsTheServersOwnSentenceOnARefusal) {
  server_.replies["GET /v1/prompts/g"] = {
      404,
      R"({"type":"about:blank","title":"Not found","status":404,"detail":"There is no prompt `g`.","code":"not_found","request_id":"r1"})"};
  EXPECT_EQ(run({"prompts", "show", "g"}).err,
            "maester: There is no prompt `g`. (404 not_found, request r1)\n");
  server_.replies["GET /v1/prompts/g"] = {
      401, R"({"error":{"message":"No key.","code":"unauthenticated"}})"};
  EXPECT_EQ(run({"prompts", "show", "g"}).err,
            "maester: No key. (401 unauthenticated)\nSet MAESTER_API_KEY to a key of this "
            "server.\n");
  server_.replies["GET /v1/prompts/g"] = {502, "<html>"};
  const Ran ran = run({"prompts", "show", "g"});
  EXPECT_EQ(ran.err, "maester: the server answered without a reason (502)\n");
  EXPECT_EQ(ran.status, 1);
}

TEST_F(CliTest, ListsEveryPage) {
  server_.replies["GET /v1/prompts"] = {
      200,
      R"({"data":[{"name":"a","latest":"v2","versions":2,"labels":{"production":"v1"}}],"next_cursor":"c/1"})"};
  server_.replies["GET /v1/prompts?cursor=c%2F1"] = {
      200, R"({"data":[{"name":"b","latest":"v1","versions":1}],"next_cursor":null})"};
  EXPECT_EQ(run({"prompts", "list"}).out,
            "NAME  LATEST  VERSIONS  LABELS               UPDATED AT\n"
            "a     v2      2         {\"production\":\"v1\"}\n"
            "b     v1      1\n");
  EXPECT_TRUE(run({"prompts", "list", "-o", "json"}).out.starts_with(R"({"data":[{"name":"a")"));
}

TEST_F(CliTest, PushesFilesOnlyWhenAllOfThemAreGood) {
  const std::string good = write("greet.prompt", "Hi {name}\n");
  const std::string bad = write("bad.toml", "x = 1");
  EXPECT_EQ(run({"prompts", "push", good, bad}).status, 1);
  EXPECT_TRUE(server_.asked.empty());
  server_.replies["POST /v1/prompts"] = {201, R"({"name":"greet","version":"v1"})"};
  const Ran ran = run({"prompts", "push", good, "-l", "canary", "-m", "first"});
  EXPECT_EQ(ran.out, "greet@v1 created\n") << ran.err;
  EXPECT_EQ(
      server_.asked.back(),
      R"(POST /v1/prompts {"name":"greet","template":"Hi {name}","message":"first","labels":["canary"]})");
  server_.replies["POST /v1/prompts"].status = 200;
  EXPECT_EQ(run({"prompts", "push", good}).out, "greet@v1 is there already\n");
  EXPECT_EQ(run({"prompts", "push", good, good, "--version", "v1"}).status, 2);
}

TEST_F(CliTest, PullsIntoADirectoryAndNeverOutOfIt) {
  server_.replies["GET /v1/prompts"] = {200, R"({"data":[{"name":"a"}]})"};
  server_.replies["GET /v1/prompts/a"] = {200, R"({"name":"a","template":"x"})"};
  const std::string target = directory_ / "out";
  EXPECT_EQ(run({"prompts", "pull", "-o", target}).out, target + "/a.prompt\n");
  EXPECT_EQ(read("out/a.prompt"), "x\n");
  server_.replies["GET /v1/prompts/a"] = {200, R"({"name":"../a","template":"x"})"};
  EXPECT_EQ(run({"prompts", "pull", "a", "-o", target}).status, 1);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "a.prompt"));
}

TEST_F(CliTest, MovesLabels) {
  server_.replies["POST /v1/prompts/g/rollback"] = {
      200, R"({"label":"production","version":"v1","previous":"v2"})"};
  EXPECT_EQ(run({"prompts", "rollback", "g", "production"}).out,
            "g: production is now v1, was v2\n");
  EXPECT_EQ(server_.asked.back(), R"(POST /v1/prompts/g/rollback {"label":"production"})");
  server_.replies["POST /v1/prompts/g/labels"] = {200, R"({"label":"canary","version":"v3"})"};
  EXPECT_EQ(run({"prompts", "label", "g", "canary", "v3"}).out, "g: canary is now v3\n");
}

TEST_F(CliTest, RendersWithVariables) {
  server_.replies["POST /v1/prompts/g/render"] = {
      200, R"({"version":"v2","text":"Hi a=b","prompt_hash":"12ab"})"};
  const Ran ran = run({"prompts", "render", "g:canary", "--var", "x=a=b", "--json-var", "n=[1]"});
  EXPECT_EQ(ran.out, "Hi a=b\n");
  EXPECT_EQ(ran.err, "version v2, hash 12ab\n");
  EXPECT_EQ(server_.asked.back(),
            R"(POST /v1/prompts/g/render {"label":"canary","variables":{"x":"a=b","n":[1]}})");
  EXPECT_EQ(run({"prompts", "render", "g", "--var", "x"}).status, 2);
  EXPECT_EQ(run({"prompts", "render", "g", "--json-var", "x={"}).status, 2);
}

TEST_F(CliTest, ShowsUsage) {
  server_.replies["GET /v1/usage?group_by=model,day&from=2026-11-01"] = {
      200,
      R"({"data":[{"model":"m","day":"2026-11-02","requests":2,"total_cost_usd":"0.5"}],"total":{"requests":2,"total_cost_usd":"0.5"}})"};
  EXPECT_EQ(run({"usage", "--by", "model,day", "--from", "2026-11-01"}).out,
            "MODEL  DAY         REQUESTS  TOTAL COST USD\n"
            "m      2026-11-02  2         0.5\n"
            "total: 2 requests, 0.5 USD\n");
}

TEST_F(CliTest, ServesTheDevelopmentConfiguration) {
  EXPECT_EQ(run({"serve", "--dev", "--listen", "127.0.0.1:9", "--data", "d"}).status, 7);
  ASSERT_TRUE(served_);
  EXPECT_TRUE(serve_options_.dev);
  EXPECT_EQ(served_->listen, "127.0.0.1:9");
  EXPECT_EQ(served_->data_dir, "d");
  EXPECT_EQ(served_->models.size(), 5u);
}

TEST_F(CliTest, NeverServesOtherMachinesInTheClear) {
  const std::string file = write("m.toml", "listen='0.0.0.0:8080'");
  EXPECT_EQ(run({"serve", "--config", file}).status, 2);
  EXPECT_EQ(run({"serve", "--dev", "--listen", "0.0.0.0:8080"}).status, 2);
  EXPECT_EQ(run({"serve", "--dev", "--behind-proxy", "--listen", "[::]:8080"}).status, 2);
  EXPECT_FALSE(served_);
  EXPECT_EQ(run({"serve", "--config", file, "--behind-proxy"}).status, 7);
  EXPECT_EQ(run({"serve", "--config", (directory_ / "none.toml").string()}).status, 1);
}

TEST_F(CliTest, ShowsPricesWithTheConfigurationsOverrides) {
  const std::string file = write("m.toml",
                                 "[[providers]]\nname='openai'\nkind='simulated'\n[[models]]\n"
                                 "name='gpt-4.1'\nprovider='openai'\n"
                                 "price={input_per_mtok='0.123456789', output_per_mtok='7'}\n");
  const Ran ran = run({"pricing", "show", "gpt-4.1", "--config", file, "-o", "json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find(R"("source":"configured","input_per_mtok":"0.123456789")"),
            std::string::npos)
      << ran.out;
  const Ran built_in = run({"pricing", "show", "gpt-4.1"});
  EXPECT_EQ(built_in.status, 0) << built_in.err;
  EXPECT_EQ(built_in.out.find("0.123456789"), std::string::npos);
  const Ran unknown = run({"pricing", "show", "gtp-4.1"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.err.find("did you mean `gpt-4.1`?"), std::string::npos) << unknown.err;
}

TEST_F(CliTest, VerifiesOnlyWhatIsThere) {
  const Ran ran = run({"verify", "--data", directory_.string()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("there is no journal"), std::string::npos);
  std::filesystem::create_directories(directory_ / "journal");
  EXPECT_EQ(run({"verify", "--data", directory_.string()}).out,
            directory_.string() + ": ok, 0 records, 0 audit rows, 0 anchors\n");
}

}  // namespace
}  // namespace maester::app
