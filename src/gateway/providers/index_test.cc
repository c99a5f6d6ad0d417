// Every recorded exchange is claimed by some adapter's test: the tests of the adapters hold each
// answer of the APIs named here to an expectation, and each refusal to its class. What is spoken by
// no adapter is listed with its reason.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "support/shared.h"

namespace maester::gateway {
namespace {

struct Line {
  std::string id, provider, api;
};

std::vector<Line> index_of(const std::filesystem::path& wire) {
  std::vector<Line> out;
  std::istringstream text(test::read_file(wire / "INDEX.tsv"));
  std::string line;
  std::getline(text, line);
  while (std::getline(text, line)) {
    std::istringstream fields(line);
    Line one;
    std::getline(fields, one.id, '\t');
    std::getline(fields, one.provider, '\t');
    std::getline(fields, one.api, '\t');
    out.push_back(std::move(one));
  }
  return out;
}

// provider/api -> the test that goes through all of them.
const std::map<std::string, std::string>& claimed() {
  static const std::map<std::string, std::string> table = {
      {"anthropic/messages", "AnthropicFixtures"},
      {"azure-openai/chat.completions", "DialectFixtures"},
      {"azure-openai/embeddings", "EmbeddingFixtures.refusals_are_classified"},
      {"azure-openai/responses", "ResponsesFixtures"},
      {"bedrock/converse", "BedrockFixtures"},
      {"bedrock/converse-stream", "BedrockFixtures"},
      {"bedrock/count-tokens", "BedrockFixtures.error_answers_are_classified"},
      {"bedrock/invoke", "BedrockFixtures.claudes_own_answers_are_anthropics"},
      {"bedrock/invoke-stream", "BedrockFixtures.titans_frames_are_well_formed_and_no_answer"},
      {"cohere/v1.chat", "CohereFixtures.the_older_version_is_no_half_answer"},
      {"cohere/v1.rerank", "RerankFixtures"},
      {"cohere/v2.chat", "CohereFixtures"},
      {"cohere/v2.embed", "EmbeddingFixtures.coheres_vectors_are_read"},
      {"gemini/batchEmbedContents", "GeminiFixtures.embeddings_are_read"},
      {"gemini/embedContent", "GeminiFixtures.embeddings_are_read"},
      {"gemini/generateContent", "GeminiFixtures"},
      {"gemini/streamGenerateContent", "GeminiFixtures"},
      {"gemini/v1beta.openai.chat.completions", "DialectFixtures"},
      {"mistral/chat.completions", "DialectFixtures"},
      {"mistral/embeddings", "EmbeddingFixtures"},
      {"ollama/chat.completions", "DialectFixtures"},
      {"ollama/ollama.chat", "OllamaFixtures"},
      {"ollama/ollama.generate", "OllamaFixtures.generations_are_no_half_answers"},
      {"openai/chat.completions", "OpenAiFixtures"},
      {"openai/completions", "CompletionsFixtures"},
      {"openai/embeddings", "EmbeddingFixtures"},
      {"openai/responses", "ResponsesFixtures"},
      {"openai-compatible/chat.completions", "OpenAiFixtures"},
      {"openai-compatible/completions", "CompletionsFixtures"},
      {"openai-compatible/responses", "ResponsesFixtures"},
      {"voyage/embeddings", "RerankFixtures"},  // the index calls it so; it is a ranking
  };
  return table;
}

// What no adapter speaks: a caller is answered 404 by the server itself. The adapters' tests feed
// them these bodies all the same, and none may take one for an answer.
const std::map<std::string, std::string>& out_of_scope() {
  static const std::map<std::string, std::string> table = {
      {"anthropic/complete", "text completions, which Anthropic retired"},
      {"anthropic/count_tokens", "tokens are counted by the server itself"},
      {"anthropic/files", "files are kept at the provider"},
      {"gemini/countTokens", "tokens are counted by the server itself"},
      {"openai/files", "files are kept at the provider"},
  };
  return table;
}

TEST(FixtureIndex, no_exchange_is_without_a_test) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto lines = index_of(shared);
  EXPECT_GE(lines.size(), 225u);
  std::set<std::string> seen;
  for (const Line& line : lines) {
    const std::string key = line.provider + "/" + line.api;
    seen.insert(key);
    EXPECT_TRUE(claimed().contains(key) != out_of_scope().contains(key)) << line.id << " " << key;
  }
  for (const auto& [key, test] : claimed()) EXPECT_TRUE(seen.contains(key)) << key;
  for (const auto& [key, why] : out_of_scope()) EXPECT_TRUE(seen.contains(key)) << key;
}

}  // namespace
}  // namespace maester::gateway
