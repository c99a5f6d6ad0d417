#include "retrieval/embed/safetensors.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "codec/json.h"

namespace maester::retrieval {
namespace {

constexpr std::uint64_t kLongestHeader = 16 << 20;
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 40;

std::unexpected<Error> refuse(std::string_view why) {
  return fail(Code::unprocessable, "The safetensors file does not hold together: " +
                                       std::string(why) + ". Fetch it again.");
}

std::optional<ElementType> type_of(std::string_view name) {
  if (name == "F64") return ElementType::f64;
  if (name == "F32") return ElementType::f32;
  if (name == "F16") return ElementType::f16;
  if (name == "BF16") return ElementType::bf16;
  if (name == "I64") return ElementType::i64;
  if (name == "I32") return ElementType::i32;
  if (name == "I8") return ElementType::i8;
  return std::nullopt;
}

std::uint64_t size_of(ElementType type) {
  switch (type) {
    case ElementType::f64:
    case ElementType::i64:
      return 8;
    case ElementType::f32:
    case ElementType::i32:
      return 4;
    case ElementType::f16:
    case ElementType::bf16:
      return 2;
    case ElementType::i8:
      break;
  }
  return 1;
}

template <class T>
T load(const char* from) {
  T out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

// IEEE 754 binary16.
float half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const auto fraction = static_cast<float>(bits & 1023);
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  return sign * std::ldexp(1024.0F + fraction, exponent - 25);
}

std::optional<std::uint64_t> natural(const json::Value& value) {
  const auto number = value.as_int();
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

Status read_shape(const json::Value& shape, std::vector<std::uint64_t>& out) {
  std::uint64_t elements = 1;
  if (!shape.is_array() || shape.size() > 8) return refuse("a tensor has no usable shape");
  for (const json::Value one : shape) {
    const auto size = natural(one);
    if (!size || *size > kMostElements || (*size > 0 && elements > kMostElements / *size))
      return refuse("a tensor's shape is out of bounds");
    elements *= *size;
    out.push_back(*size);
  }
  return {};
}

// Nothing when the element type is none of ours.
Result<std::optional<Tensor>> read_tensor(const json::Value& entry, std::string_view data) {
  const auto type = type_of(entry.get("dtype").string_or(""));
  if (!type) return std::nullopt;
  Tensor out;
  out.type = *type;
  TRY(read_shape(entry.get("shape"), out.shape));
  const json::Value offsets = entry.get("data_offsets");
  const auto begin = natural(offsets.at(0)), end = natural(offsets.at(1));
  if (offsets.size() != 2 || !begin || !end || *begin > *end || *end > data.size())
    return refuse("a tensor lies outside of the file");
  if (*end - *begin != out.size() * size_of(*type))
    return refuse("a tensor's bytes are not as many as its shape says");
  out.bytes = data.substr(*begin, *end - *begin);
  return out;
}

}  // namespace

std::uint64_t Tensor::size() const {
  std::uint64_t out = 1;
  for (const std::uint64_t one : shape) out *= one;
  return out;
}

double Tensor::at(std::uint64_t i) const {
  const char* const from = bytes.data() + i * size_of(type);
  switch (type) {
    case ElementType::f64:
      return load<double>(from);
    case ElementType::f32:
      return load<float>(from);
    case ElementType::f16:
      return half(load<std::uint16_t>(from));
    case ElementType::bf16:
      return std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(from)} << 16);
    case ElementType::i64:
      return static_cast<double>(load<std::int64_t>(from));
    case ElementType::i32:
      return load<std::int32_t>(from);
    case ElementType::i8:
      break;
  }
  return load<std::int8_t>(from);
}

void Tensor::row(std::uint64_t i, std::span<float> out) const {
  if (type == ElementType::f32) {
    std::memcpy(out.data(), bytes.data() + i * out.size_bytes(), out.size_bytes());
    return;
  }
  for (std::size_t d = 0; d < out.size(); ++d) out[d] = static_cast<float>(at(i * out.size() + d));
}

Result<std::map<std::string, Tensor, std::less<>>> read_safetensors(std::string_view bytes) {
  if (bytes.size() < 8) return refuse("it is shorter than its first number");
  const auto header = load<std::uint64_t>(bytes.data());
  if (header > kLongestHeader || header > bytes.size() - 8)
    return refuse("its header is longer than the file or 16 MiB");
  const auto document = json::Document::parse(bytes.substr(8, header), {.depth = 8});
  if (!document || !document->root().is_object()) return refuse("its header is no JSON object");
  std::map<std::string, Tensor, std::less<>> out;
  for (const json::Value entry : document->root()) {
    if (entry.key() == "__metadata__") continue;
    TRY_ASSIGN(auto tensor, read_tensor(entry, bytes.substr(8 + header)));
    if (tensor && !out.emplace(std::string(entry.key()), *std::move(tensor)).second)
      return refuse("a tensor's name stands twice");
  }
  return out;
}

}  // namespace maester::retrieval
