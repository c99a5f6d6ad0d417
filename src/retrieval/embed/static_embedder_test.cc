#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "codec/json.h"
#include "retrieval/embed.h"
#include "retrieval/embed/static_table.h"
#include "store/faulty_file_system.h"
#include "store/file_system.h"

namespace maester::retrieval {
namespace {

std::string recorded(const std::string& name) {
  return std::string(MAESTER_SOURCE_DIR) + "/tests/recorded/static/" + name;
}
std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What model2vec 0.10 and tokenizers 0.23 made: tests/recorded/static/record_static.py
class StaticRecorded : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, StaticRecorded,
                         ::testing::Values("wordpiece", "wordpiece_cased", "unigram", "bpe_bytes",
                                           "bpe_split", "words"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(StaticRecorded, tokens_and_vectors_are_the_official_ones) {
  const std::string folder = recorded(GetParam());
  const auto tokenizer = Tokenizer::parse(bytes_of(folder + "/tokenizer.json"));
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().message;
  store::PosixFileSystem files;
  const auto embedder = load_static_embedder(files, folder);
  ASSERT_TRUE(embedder.has_value()) << embedder.error().message;
  EXPECT_EQ((*embedder)->dimensions(), 8U);
  std::istringstream lines(bytes_of(folder + "/expected.jsonl"));
  std::size_t checked = 0;
  for (std::string line; std::getline(lines, line); ++checked) {
    const auto expected = json::Document::parse(line);
    ASSERT_TRUE(expected.has_value());
    const std::string_view text = expected->root().get("text").string_or("");
    std::vector<TokenId> tokens;
    for (const json::Value one : expected->root().get("tokens"))
      tokens.push_back(static_cast<TokenId>(one.int_or(-1)));
    auto ours = tokenizer->encode(text);
    ours.resize(std::min<std::size_t>(ours.size(), 512));  // what model2vec cuts at
    if (const auto unknown = tokenizer->model().unknown()) std::erase(ours, *unknown);
    if (GetParam() != std::string_view("words")) EXPECT_EQ(ours, tokens) << text;  // that one cuts
    const auto vector = (*(*embedder)->embed(std::span(&text, 1), Purpose::document))[0];
    for (std::size_t d = 0; d < 8; ++d)
      EXPECT_NEAR(vector[d], *expected->root().get("vector").at(d).as_double(), 2e-3) << text;
  }
  EXPECT_EQ(checked, 23U);
}

TEST(StaticEmbedder, its_version_names_its_content) {
  store::PosixFileSystem files;
  const auto one = *load_static_embedder(files, recorded("wordpiece"));
  const auto other = *load_static_embedder(files, recorded("unigram"));
  EXPECT_EQ(one->version(), (*load_static_embedder(files, recorded("wordpiece")))->version());
  EXPECT_NE(one->version(), other->version());
  EXPECT_TRUE(one->version().starts_with("static:"));
}

TEST(StaticEmbedder, a_missing_file_is_named) {
  store::FaultyFileSystem files;
  const auto none = load_static_embedder(files, "tables/x");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, Code::unprocessable);
  EXPECT_NE(none.error().message.find("tables/x/model.safetensors"), std::string::npos);
}

std::string tensors(const std::string& header, std::size_t data) {
  const std::uint64_t size = header.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &size, 8);
  return out + header + std::string(data, '\1');
}

TEST(Safetensors, hostile_files_are_refused) {
  for (const std::string& bad : {
           std::string(),
           std::string("1234567"),
           std::string(8, '\xff'),
           tensors("", 0),
           tensors("[]", 0),
           tensors("{", 0),
           tensors(R"({"e":{"dtype":"F32","shape":[2,2],"data_offsets":[0,15]}})", 16),
           tensors(R"({"e":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", 15),
           tensors(R"({"e":{"dtype":"F32","shape":[2,2],"data_offsets":[16,0]}})", 16),
           tensors(R"({"e":{"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]}})", 16),
           tensors(R"({"e":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
                   0),
           tensors(R"({"e":{"dtype":"F32","shape":[2,2]}})", 16),
           tensors(R"({"e":{"dtype":"F32","shape":"x","data_offsets":[0,16]}})", 16),
           tensors(R"({"e":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
                   R"("e":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})",
                   16),
       }) {
    const auto read = read_safetensors(bad);
    ASSERT_FALSE(read.has_value()) << bad;
    EXPECT_EQ(read.error().code, Code::unprocessable);
  }
  const std::string file =
      tensors(R"({"__metadata__":{"a":"b"},"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
              R"("e":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]}})",
              4);
  const auto good = read_safetensors(file);
  ASSERT_TRUE(good.has_value()) << good.error().message;
  EXPECT_EQ(good->size(), 1U);
  EXPECT_EQ(good->at("e").at(3), 1.0);
}

TEST(Safetensors, halves_are_read_right) {
  std::string file = tensors(R"({"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]}})", 12);
  const std::uint16_t halves[] = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x0000, 0x3555};
  std::memcpy(file.data() + file.size() - 12, halves, 12);
  const auto read = read_safetensors(file);
  ASSERT_TRUE(read.has_value());
  const double expected[] = {1, -2, 5.9604644775390625e-08, 65504, 0, 0.333251953125};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(read->at("h").at(i), expected[i]);
}

// A table that does not fit its tokenizer, and parts that are not known here.
TEST(StaticTable, what_does_not_fit_is_refused_by_name) {
  const std::string folder = recorded("wordpiece");
  const std::string table = bytes_of(folder + "/model.safetensors");
  const std::string tokenizer = bytes_of(folder + "/tokenizer.json");
  const auto error = [](const StaticFiles& files) {
    const auto read = StaticTable::read(files);
    EXPECT_FALSE(read.has_value());
    if (!read) EXPECT_EQ(read.error().code, Code::unprocessable);
    return read ? std::string() : read.error().message;
  };
  const std::string small =
      tensors(R"({"embeddings":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", 16);
  const std::string flat =
      tensors(R"({"embeddings":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", 16);
  const std::string wild =
      tensors(R"({"embeddings":{"dtype":"I8","shape":[1,1],"data_offsets":[0,1]},)"
              R"("mapping":{"dtype":"I8","shape":[400],"data_offsets":[0,400]}})",
              400);
  EXPECT_NE(error({small, tokenizer, "{}"}).find("2 vectors"), std::string::npos);
  EXPECT_NE(error({flat, tokenizer, "{}"}).find("embeddings"), std::string::npos);
  EXPECT_NE(error({wild, tokenizer, "{}"}).find("mapping"), std::string::npos);
  EXPECT_NE(error({table, tokenizer, "["}).find("config.json"), std::string::npos);
  EXPECT_NE(error({table, tokenizer, R"({"max_length":0})"}).find("max_length"), std::string::npos);
  EXPECT_NE(error({table, "{}", "{}"}).find("vocabulary"), std::string::npos);
  EXPECT_NE(error({table, "nonsense", "{}"}).find("tokenizer.json"), std::string::npos);
  for (
      const char* bad :
      {R"({"model":{"type":"Magic","vocab":{"a":0}}})", R"({"model":{"type":"BPE","vocab":{}}})",
       R"({"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}})",
       R"({"model":{"type":"WordPiece","vocab":{"a":-1}}})",
       R"({"model":{"type":"Unigram","vocab":[["a"]]}})",
       R"({"model":{"type":"Unigram","vocab":[["a",-1]],"unk_id":7}})",
       R"({"normalizer":{"type":"Magic"},"model":{"type":"WordLevel","vocab":{"a":0}}})",
       R"({"pre_tokenizer":{"type":"Magic"},"model":{"type":"WordLevel","vocab":{"a":0}}})",
       R"({"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("}},"model":{"type":"WordLevel","vocab":{"a":0}}})"})
    EXPECT_FALSE(error({table, bad, "{}"}).empty()) << bad;
}

// A pattern that would run for ever stops at its bound; the text stays whole.
TEST(Tokenizer, a_greedy_pattern_has_an_end) {
  const auto tokenizer = Tokenizer::parse(
      R"({"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a+)+b"},"behavior":"Isolated"},)"
      R"("model":{"type":"WordLevel","vocab":{"[UNK]":0},"unk_token":"[UNK]"}})");
  ASSERT_TRUE(tokenizer.has_value());
  EXPECT_EQ(tokenizer->encode(std::string(5'000, 'a')).size(), 1U);
}

}  // namespace
}  // namespace maester::retrieval
