// Fixed-width integers of the span files: little-endian, bounds-checked on reading.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace maester::telemetry {

static_assert(std::endian::native == std::endian::little);

template <std::integral T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <std::size_t N>
void put_bytes(std::string& out, const std::array<std::uint8_t, N>& bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), N);
}

// Reads from the front. Past the end it answers zeros and "" and ok() turns false for good.
class LittleEndianReader {
 public:
  explicit LittleEndianReader(std::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  std::string_view rest() const { return bytes_; }

  std::string_view take_text(std::size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }
  template <std::integral T>
  T take() {
    T value = 0;
    const std::string_view bytes = take_text(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  template <std::size_t N>
  void take_into(std::array<std::uint8_t, N>& out) {
    const std::string_view bytes = take_text(N);
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), N);
  }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace maester::telemetry
