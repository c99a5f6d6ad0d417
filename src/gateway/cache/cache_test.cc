#include <gtest/gtest.h>

#include <map>
#include <random>

#include "gateway/cache/answer_memory.h"
#include "gateway/cache/cache_key.h"
#include "gateway/cache/semantic_index.h"
#include "retrieval/hash_embedder.h"

namespace maester::gateway {
namespace {

constexpr WallTime kNow{std::chrono::seconds{1'800'000'000}};

using Parts = std::vector<std::pair<std::string, std::string>>;

CacheKey key_of(const std::string& tenant, const Parts& parts) {
  CacheKeyBuilder builder("answer", tenant);
  for (const auto& [name, value] : parts) builder.part(name, value);
  return builder.build();
}

// Two keys are one only if the tenant and every part are: few letters make near misses likely, such
// as a text that moved from one part's end to the next one's beginning.
TEST(CacheKey, property_equal_only_when_every_part_is) {
  std::mt19937 random(11);
  const auto text = [&random] {
    std::string out;
    for (std::size_t n = random() % 4; n > 0; --n) out += "ab\0"[random() % 3];
    return out;
  };
  std::map<Sha256, std::pair<std::string, Parts>> seen;
  std::size_t repeats = 0;
  for (int round = 0; round < 200'000; ++round) {
    const std::string tenant = text();
    Parts parts;
    for (std::size_t n = random() % 3; n > 0; --n) parts.emplace_back(text(), text());
    const CacheKey key = key_of(tenant, parts);
    ASSERT_EQ(key.tenant, tenant);
    const auto [at, fresh] = seen.try_emplace(key.digest, tenant, parts);
    if (fresh) continue;
    ++repeats;
    ASSERT_EQ(at->second, std::pair(tenant, parts));
  }
  EXPECT_GT(repeats, 1000u);
}

CachedAnswer full_answer() {
  CachedAnswer out;
  out.key = key_of("elm", {{"body", "x"}});
  out.request_id = "r-1";
  out.model = "m";
  out.provider = "p";
  out.cost = FemtoUsd::parse("0.0000123");
  out.took = milliseconds(1234);
  out.made = kNow;
  out.expires = kNow + std::chrono::seconds(60);
  out.vector = {0.5F, -1.25e-7F, 3.4e38F};
  out.raw_body = "{\"a\": \"\u00e4\n\"}";
  out.response.id = "chatcmpl-1";
  out.response.model = "m-2026";
  out.response.created = 17;
  out.response.service_tier = "default";
  Choice& choice = out.response.choices.emplace_back();
  choice.index = 1;
  choice.content = "text \"quoted\"";
  choice.reasoning = "because";
  choice.thinking.push_back({"because", "sig", ""});
  choice.thinking.push_back({"", "", "redacted"});
  choice.refusal = "no";
  choice.tool_calls.push_back({"c1", "f", R"({"x":1})", "thought"});
  choice.citations.push_back({"https://example.org", "T", "q", 1, 5, "{}"});
  choice.finish = FinishReason::tool_calls;
  choice.provider_finish = "tool_use";
  out.response.usage = meter::Usage{.input = 3, .cached_input = 2, .output = 5, .reasoning = 1};
  return out;
}

TEST(CachedAnswer, reads_back_as_it_was) {
  const CachedAnswer was = full_answer();
  const auto read = decode_cached_answer(encode(was), was.key);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->response, was.response);
  EXPECT_EQ(read->raw_body, was.raw_body);
  EXPECT_EQ(read->vector, was.vector);
  EXPECT_EQ(read->cost, was.cost);
  EXPECT_EQ(read->took, was.took);
  EXPECT_EQ(read->made, was.made);
  EXPECT_EQ(read->expires, was.expires);
  EXPECT_EQ(read->request_id, "r-1");
  EXPECT_EQ(read->model, "m");
  EXPECT_EQ(read->provider, "p");
  EXPECT_FALSE(decode_cached_answer("{", was.key));
  EXPECT_FALSE(
      decode_cached_answer(R"({"choices":[{"index":0,"content":"x","finish":99}]})", was.key));
}

CachedAnswerPtr answer(const std::string& tenant, int number, std::size_t bytes,
                       std::chrono::seconds life = std::chrono::seconds(60)) {
  auto out = std::make_shared<CachedAnswer>();
  out->key = key_of(tenant, {{"n", std::to_string(number)}});
  out->model = number % 2 == 0 ? "even" : "odd";
  out->raw_body = std::string(bytes, 'x');
  out->made = kNow;
  out->expires = kNow + life;
  return out;
}

TEST(AnswerMemory, stays_within_its_bound_and_keeps_what_is_used) {
  AnswerMemory memory(1 << 20);
  const CachedAnswerPtr favourite = answer("elm", 0, 1000);
  memory.put(favourite);
  for (int i = 1; i < 5000; ++i) {
    memory.put(answer("elm", i, 1000));
    ASSERT_LE(memory.bytes(), std::size_t{1} << 20);
    ASSERT_EQ(memory.find(favourite->key, kNow), favourite) << i;
  }
  EXPECT_GT(memory.entries(), 300u);
  EXPECT_EQ(memory.find(answer("elm", 1, 0)->key, kNow), nullptr);
  memory.shrink(10);
  EXPECT_LE(memory.bytes(), (std::size_t{1} << 20) / 10);
  memory.put(answer("elm", 7, 2 << 20));  // never fits
  EXPECT_EQ(memory.find(answer("elm", 7, 0)->key, kNow), nullptr);
}

TEST(AnswerMemory, answers_expire_and_are_replaced) {
  AnswerMemory memory(1 << 20);
  const CachedAnswerPtr first = answer("elm", 1, 10, std::chrono::seconds(5));
  memory.put(first);
  EXPECT_EQ(memory.find(first->key, kNow + std::chrono::seconds(4)), first);
  EXPECT_EQ(memory.find(first->key, kNow + std::chrono::seconds(5)), nullptr);
  EXPECT_EQ(memory.entries(), 0u);
  EXPECT_EQ(memory.bytes(), 0u);
  memory.put(first);
  const CachedAnswerPtr second = answer("elm", 1, 20);
  memory.put(second);
  EXPECT_EQ(memory.find(first->key, kNow), second);
  EXPECT_EQ(memory.entries(), 1u);
}

// A digest alone opens nothing: should two ever be equal, the tenant decides.
TEST(AnswerMemory, a_foreign_tenant_with_the_same_digest_gets_nothing) {
  AnswerMemory memory(1 << 20);
  const CachedAnswerPtr own = answer("elm", 1, 10);
  memory.put(own);
  EXPECT_EQ(memory.find({own->key.digest, "fir"}, kNow), nullptr);
  EXPECT_EQ(memory.find(own->key, kNow), own);
}

TEST(AnswerMemory, removes_by_tenant_and_model) {
  AnswerMemory memory(1 << 20);
  for (int i = 0; i < 10; ++i) {
    memory.put(answer("elm", i, 10));
    memory.put(answer("fir", i, 10));
  }
  EXPECT_EQ(memory.remove("elm", "odd"), 5u);
  EXPECT_EQ(memory.remove("elm"), 5u);
  EXPECT_EQ(memory.entries(), 10u);
  EXPECT_NE(memory.find(answer("fir", 3, 0)->key, kNow), nullptr);
}

Question question(std::string_view text) {
  return {retrieval::hash_embedding(text), numbers_of(text)};
}

TEST(SemanticIndex, finds_the_closest_of_its_own_group_only) {
  SemanticIndex index(100);
  const CacheKey group = key_of("elm", {{"model", "m"}});
  const WallTime end = kNow + std::chrono::seconds(60);
  const CacheKey one = answer("elm", 1, 0)->key, two = answer("elm", 2, 0)->key;
  index.put(group, question("How do I reset my password?"), one, end);
  index.put(group, question("How do I change my e-mail address?"), two, end);
  const Question asked = question("how do i reset my pasword");
  const auto found = index.find(group, asked, 0.8F, kNow);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->answer, one);
  EXPECT_GT(found->similarity, 0.8F);
  EXPECT_FALSE(index.find(group, asked, 0.999F, kNow));
  EXPECT_FALSE(index.find(group, asked, 0.8F, end));
  EXPECT_FALSE(index.find(key_of("elm", {{"model", "n"}}), asked, 0.8F, kNow));
  EXPECT_FALSE(index.find({group.digest, "fir"}, asked, 0.8F, kNow));
}

TEST(SemanticIndex, numbers_must_be_the_same) {
  EXPECT_EQ(numbers_of("From 2024 to 31.12.2025?"), "2024 31 12 2025");
  EXPECT_EQ(numbers_of("7"), "7");
  EXPECT_EQ(numbers_of("none"), "");
  SemanticIndex index(100);
  const CacheKey group = key_of("elm", {});
  index.put(group, question("The report of the northern region for 2024"), group,
            kNow + std::chrono::seconds(9));
  EXPECT_TRUE(
      index.find(group, question("the report of the northern region for 2024"), 0.9F, kNow));
  EXPECT_FALSE(
      index.find(group, question("The report of the northern region for 2025"), 0.5F, kNow));
}

TEST(SemanticIndex, is_bounded_and_forgets_tenants) {
  SemanticIndex index(50);
  for (int i = 0; i < 500; ++i) {
    const CacheKey group = key_of(i % 2 == 0 ? "elm" : "fir", {{"g", std::to_string(i % 20)}});
    index.put(group, question("text " + std::to_string(i)), answer("elm", i, 0)->key,
              kNow + std::chrono::seconds(60));
    ASSERT_LE(index.size(), 50u);
  }
  EXPECT_EQ(index.size(), 50u);
  index.remove("elm");
  EXPECT_LT(index.size(), 50u);
  index.remove("fir");
  EXPECT_EQ(index.size(), 0u);
}

// A model's vectors may be four times as long as those of hashed words: the bound is of memory.
TEST(SemanticIndex, longer_vectors_are_fewer_and_are_never_compared_with_others) {
  SemanticIndex index(40);
  const CacheKey group = key_of("elm", {});
  const WallTime end = kNow + std::chrono::seconds(60);
  const auto long_one = [](std::size_t at) {
    Question out{std::vector<float>(4 * retrieval::kHashDimensions), ""};
    out.vector[at] = 1;
    return out;
  };
  for (int i = 0; i < 100; ++i) {
    index.put(group, long_one(static_cast<std::size_t>(i)), answer("elm", i, 0)->key, end);
    ASSERT_LE(index.size(), 10u);
  }
  EXPECT_EQ(index.size(), 10u);
  EXPECT_TRUE(index.find(group, long_one(99), 0.9F, kNow));
  EXPECT_FALSE(index.find(group, long_one(3), 0.9F, kNow)) << "the oldest left first";
  EXPECT_FALSE(index.find(group, {{1, 0}, ""}, 0, kNow));
  index.remove("elm");
  EXPECT_EQ(index.size(), 0u);
  for (int i = 0; i < 40; ++i)
    index.put(group, question("text " + std::to_string(i)), answer("elm", i, 0)->key, end);
  EXPECT_EQ(index.size(), 40u) << "what was removed is counted no longer";
}

}  // namespace
}  // namespace maester::gateway
