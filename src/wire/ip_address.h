// Numeric addresses and the rule which of them the dialer may reach (RULES.md §6.3).
#pragma once

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maester::wire {

class IpAddress {
 public:
  // Dotted decimal with four canonical parts, or IPv6 without brackets and zone. No other form.
  static std::optional<IpAddress> parse(std::string_view text);
  static std::optional<IpAddress> from(const sockaddr* address);

  bool is_v4() const { return v4_; }
  std::string to_string() const;
  // A private, local, reserved or otherwise special address, also when hidden in an IPv4-mapped or
  // translated form.
  bool is_denied() const;
  // Fills `out` and gives its size.
  socklen_t to_sockaddr(std::uint16_t port, sockaddr_storage& out) const;
  auto operator<=>(const IpAddress&) const = default;

 private:
  bool v4_ = true;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 in the first four
};

}  // namespace maester::wire
