// Documents, queries and filters drawn from a seed, small enough to compare with the model and
// repetitive enough to collide: few words, few groups, few values. For tests.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "retrieval/index/model_index.h"

namespace maester::retrieval {

class RandomDocuments {
 public:
  explicit RandomDocuments(std::uint64_t seed, std::uint32_t dimensions = 0,
                           std::uint64_t vocabulary = 60)
      : random_(seed), dimensions_(dimensions), vocabulary_(vocabulary) {}

  SeededRandom& random() { return random_; }
  bool chance(std::uint64_t one_in) { return random_.below(one_in) == 0; }

  static Uuid id(std::uint64_t n) {
    Uuid out;
    for (std::size_t b = 0; b < 8; ++b) out.bytes[b] = static_cast<std::uint8_t>(n * 37 >> 8 * b);
    return out;
  }

  // Low numbers far more often, as words are.
  std::string word() {
    const std::uint64_t top = random_.below(vocabulary_) + 1;
    return "w" + std::to_string(random_.below(top));
  }
  std::string text(std::uint64_t words) {
    std::string out;
    for (std::uint64_t i = 0; i < words; ++i) out += (i > 0 ? " " : "") + word();
    return out;
  }
  std::vector<float> vector() {
    std::vector<float> out(dimensions_);
    float square = 0;
    for (float& x : out) {
      x = static_cast<float>(random_.below(2001)) / 1000 - 1;
      square += x * x;
    }
    for (float& x : out) x /= std::sqrt(square) + 1e-9F;
    return out;
  }
  std::string group() { return "g" + std::to_string(random_.below(4)); }

  ModelIndex::Document document(const Uuid& id, std::uint64_t most_chunks = 4) {
    ModelIndex::Document out;
    out.document.id = id;
    out.document.source_id = "s" + std::to_string(random_.below(20));
    out.document.title = text(2);
    const std::uint64_t chunks = chance(12) ? 0 : 1 + random_.below(most_chunks);
    for (std::uint64_t c = 0; c < chunks; ++c) {
      IndexChunk chunk;
      chunk.start = out.text.size();
      out.text += text(1 + random_.below(chance(10) ? 300 : 12)) + " ";
      chunk.end = out.text.size() - 1;
      chunk.page = static_cast<std::uint32_t>(c);
      if (!chance(3)) chunk.context = out.document.title;
      out.document.chunks.push_back(chunk);
      out.vectors.push_back(dimensions_ > 0 && !chance(8) ? vector() : std::vector<float>());
    }
    if (!chance(3)) {
      out.document.groups.emplace();
      for (std::uint64_t g = random_.below(3); g > 0; --g) out.document.groups->push_back(group());
    }
    if (!chance(3)) out.document.metadata.push_back({"kind", {std::string("k") + digit()}});
    if (!chance(3)) out.document.metadata.push_back({"year", {number(), number()}});
    if (!chance(3)) out.document.metadata.push_back({"draft", {chance(2)}});
    return out;
  }

  Query query(Mode mode) {
    Query out;
    out.mode = mode;
    out.text = text(1 + random_.below(6));
    out.k1 = static_cast<double>(random_.below(30)) / 10;
    out.b = static_cast<double>(random_.below(11)) / 10;
    out.top_k = 1 + random_.below(20);
    out.vector_weight = 0.21783;  // no sums of ranks that are equal but for rounding
    for (std::uint64_t g = random_.below(4); g > 0; --g) out.groups.push_back(group());
    while (chance(2)) out.filters.push_back(condition());
    return out;
  }

  Condition condition() {
    using Op = Condition::Op;
    Condition out;
    const bool ranged = chance(2);
    out.op = ranged ? (chance(2) ? Op::gte : Op::lte)
                    : (chance(3) ? Op::in : (chance(2) ? Op::equal : Op::not_equal));
    const std::uint64_t which = random_.below(ranged ? 3 : 5);
    const auto value = [&]() -> FieldValue {
      if (which == 0) return number();
      if (which == 1) return std::string("k") + digit();
      if (which == 2) return "s" + std::to_string(random_.below(20));
      if (which == 3) return chance(2);
      return id(random_.below(60)).to_string();
    };
    constexpr const char* kFields[] = {"year", "kind", "source_id", "draft", "document_id"};
    out.field = kFields[which];
    out.values.push_back(value());
    while (out.op == Op::in && chance(2)) out.values.push_back(value());
    return out;
  }

 private:
  std::string digit() { return std::to_string(random_.below(6)); }
  double number() { return static_cast<double>(random_.below(20)) - 5; }
  SeededRandom random_;
  std::uint32_t dimensions_;
  std::uint64_t vocabulary_;
};

}  // namespace maester::retrieval
