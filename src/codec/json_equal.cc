#include "codec/json_equal.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "codec/decimal.h"

namespace maester::json {
namespace {

std::vector<Value> sorted_members(const Value& object) {
  std::vector<Value> out;
  out.reserve(object.size());
  for (const Value member : object) out.push_back(member);
  std::ranges::sort(out, {}, [](const Value& member) { return member.key(); });
  return out;
}

std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 31;
  value *= 0x9e3779b97f4a7c15u;
  return value ^ (value >> 29);
}

std::uint64_t hash_text(std::string_view text) {
  return std::hash<std::string_view>()(text);
}

}  // namespace

bool equal(const Value& a, const Value& b) {
  if (a.kind() != b.kind() || a.size() != b.size()) return false;
  switch (a.kind()) {
    case Kind::absent:
    case Kind::null:
      return true;
    case Kind::boolean:
      return a.bool_or(false) == b.bool_or(false);
    case Kind::number:
      return a.raw() == b.raw() || Decimal::parse(a.raw()) == Decimal::parse(b.raw());
    case Kind::string:
      return a.string_or("") == b.string_or("");
    case Kind::array:
      return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
    case Kind::object:
      return std::ranges::equal(
          sorted_members(a), sorted_members(b),
          [](const Value& x, const Value& y) { return x.key() == y.key() && equal(x, y); });
  }
  return false;
}

std::uint64_t hash(const Value& value) {
  std::uint64_t out = mix(static_cast<std::uint64_t>(value.kind()) + 1);
  switch (value.kind()) {
    case Kind::absent:
    case Kind::null:
      break;
    case Kind::boolean:
      out ^= value.bool_or(false) ? 1 : 0;
      break;
    case Kind::number:
      out ^= hash_text(Decimal::parse(value.raw()).canonical());
      break;
    case Kind::string:
      out ^= hash_text(value.string_or(""));
      break;
    case Kind::array:
      for (const Value element : value) out = mix(out + hash(element));
      break;
    case Kind::object:
      for (const Value member : value) out += mix(hash_text(member.key()) + mix(hash(member)));
      break;
  }
  return mix(out);
}

}  // namespace maester::json
