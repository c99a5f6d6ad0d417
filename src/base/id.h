// Identifiers: UUIDv7 (RFC 9562) for requests and records, W3C trace and span ids.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace maester {

// 128 bits; ordered as its text is. A v7 begins with 48 bits of Unix milliseconds, so ids sort by
// time of birth.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  bool is_nil() const { return *this == Uuid{}; }
  std::string to_string() const;                       // 8-4-4-4-12, lower case
  static std::optional<Uuid> parse(std::string_view);  // that form, either case
};

struct TraceId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const TraceId&) const = default;
  std::string to_string() const;                              // 32 hex digits
  static std::optional<TraceId> parse(std::string_view hex);  // refuses all zeros
};

struct SpanId {
  std::array<std::uint8_t, 8> bytes{};
  auto operator<=>(const SpanId&) const = default;
  bool is_nil() const { return *this == SpanId{}; }
  std::string to_string() const;                             // 16 hex digits
  static std::optional<SpanId> parse(std::string_view hex);  // refuses all zeros
};

// Mints ids, strictly increasing within one generator even when the wall clock stands or steps back
// (RFC 9562 §6.2 method 1: a 12-bit counter in rand_a; on overflow or regression the last
// millisecond is kept or bumped). Not thread-safe: one per core. Draws randomness 512 bytes at a
// time.
class IdGenerator {
 public:
  IdGenerator(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  Uuid uuid();
  TraceId trace_id();
  SpanId span_id();

 private:
  void draw(std::uint8_t* out, std::size_t n);
  const Clock& clock_;
  Random& random_;
  std::int64_t last_ms_ = 0;
  std::uint32_t counter_ = 0;
  std::array<std::byte, 512> pool_{};
  std::size_t left_ = 0;
};

}  // namespace maester

template <>
struct std::hash<maester::Uuid> {
  std::size_t operator()(const maester::Uuid& id) const noexcept {
    std::uint64_t low = 0;  // the random end
    for (int i = 8; i < 16; ++i) low = low << 8 | id.bytes[static_cast<std::size_t>(i)];
    return static_cast<std::size_t>(low);
  }
};
