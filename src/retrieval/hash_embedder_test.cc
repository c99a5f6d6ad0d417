#include "retrieval/hash_embedder.h"

#include <gtest/gtest.h>

#include <string>

namespace maester::retrieval {
namespace {

float alike(std::string_view a, std::string_view b) {
  return cosine(hash_embedding(a), hash_embedding(b));
}

TEST(HashEmbedder, the_same_text_is_one_and_nothing_is_zero) {
  EXPECT_NEAR(alike("The quick brown fox", "the QUICK, brown fox!"), 1.0F, 1e-5);
  EXPECT_EQ(alike("", "fox"), 0.0F);
  EXPECT_EQ(alike("?!", "?!"), 0.0F);
  EXPECT_NEAR(alike("Größe der Straße", "größe der straße"), 1.0F, 1e-5);
}

TEST(HashEmbedder, shared_words_and_letters_bring_texts_close) {
  const std::string question = "How do I reset my password?";
  EXPECT_GT(alike(question, "how do i reset my pasword"), 0.8F);      // mistyped
  EXPECT_GT(alike(question, "How can I reset my password?"), 0.75F);  // said otherwise
  EXPECT_GT(alike(question, "resetting passwords"), alike(question, "opening hours in winter"));
  EXPECT_LT(alike(question, "What is the capital of Spain?"), 0.35F);
}

// A recorded vector: what is on disk is compared with what later versions make.
TEST(HashEmbedder, is_the_same_on_every_machine) {
  const auto vector = hash_embedding("Maester 2026");
  ASSERT_EQ(vector.size(), kHashDimensions);
  std::string signs;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    if (vector[i] != 0) signs += std::to_string(i) + (vector[i] > 0 ? "+" : "-");
  }
  EXPECT_EQ(signs,
            "0-2-3-23+26-73+103-127+136-142+153+158+174-180-181-208-213+224+235+237-249+263+271+"
            "279-288-291-"
            "301+304-336+363-");
}

TEST(HashEmbedder, takes_any_bytes) {
  for (int i = 0; i < 256; ++i) {
    const std::string text(40, static_cast<char>(i));
    EXPECT_NEAR(alike(text, text),
                hash_embedding(text) == std::vector<float>(kHashDimensions) ? 0.0F : 1.0F, 1e-4);
  }
  EXPECT_GT(alike(std::string(100'000, 'a'), std::string(100'000, 'a')), 0.99F);
}

}  // namespace
}  // namespace maester::retrieval
