#include "base/id.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/hex.h"

namespace maester {
namespace {

template <class Id>
std::optional<Id> parse_hex_id(std::string_view hex) {
  Id id;
  if (!hex_decode(hex, id.bytes) || id == Id{}) return std::nullopt;
  return id;
}

}  // namespace

std::string Uuid::to_string() const {
  const std::string hex = hex_encode(bytes);
  std::string out;
  out.reserve(36);
  for (const auto [from, n] : {std::pair{0, 8}, {8, 4}, {12, 4}, {16, 4}, {20, 12}}) {
    if (!out.empty()) out += '-';
    out.append(hex, static_cast<std::size_t>(from), static_cast<std::size_t>(n));
  }
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string hex;
  hex.reserve(32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) hex += text[i];
  }
  Uuid id;
  if (!hex_decode(hex, id.bytes)) return std::nullopt;
  return id;
}

std::string TraceId::to_string() const {
  return hex_encode(bytes);
}
std::optional<TraceId> TraceId::parse(std::string_view hex) {
  return parse_hex_id<TraceId>(hex);
}
std::string SpanId::to_string() const {
  return hex_encode(bytes);
}
std::optional<SpanId> SpanId::parse(std::string_view hex) {
  return parse_hex_id<SpanId>(hex);
}

void IdGenerator::draw(std::uint8_t* out, std::size_t n) {
  if (left_ < n) {
    random_.fill(pool_);
    left_ = pool_.size();
  }
  std::memcpy(out, pool_.data() + (pool_.size() - left_), n);
  left_ -= n;
}

Uuid IdGenerator::uuid() {
  using namespace std::chrono;
  const std::int64_t now = floor<milliseconds>(clock_.wall()).time_since_epoch().count();
  if (now > last_ms_) {
    last_ms_ = now;
    counter_ = 0;
  } else if (++counter_ > 0xfff) {
    ++last_ms_;
    counter_ = 0;
  }
  Uuid id;
  draw(id.bytes.data() + 8, 8);
  for (std::size_t i = 0; i < 6; ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(last_ms_ >> (40 - 8 * i));
  }
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (counter_ >> 8));
  id.bytes[7] = static_cast<std::uint8_t>(counter_);
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

TraceId IdGenerator::trace_id() {
  TraceId id;
  do draw(id.bytes.data(), id.bytes.size());
  while (id == TraceId{});
  return id;
}

SpanId IdGenerator::span_id() {
  SpanId id;
  do draw(id.bytes.data(), id.bytes.size());
  while (id.is_nil());
  return id;
}

}  // namespace maester
