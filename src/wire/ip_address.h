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
  // The IPv4 address inside an IPv4-mapped one (::ffff:a.b.c.d); any other as it is.
  IpAddress unmapped() const;
  auto operator<=>(const IpAddress&) const = default;

 private:
  friend class Network;
  bool v4_ = true;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 in the first four
};

// A block of addresses: "10.1.0.0/16", "2001:db8::/32", or one address alone.
class Network {
 public:
  // Nullopt unless the address is canonical and no bit stands below the prefix.
  static std::optional<Network> parse(std::string_view text);
  // An IPv4-mapped address counts as the IPv4 address that it holds.
  bool contains(const IpAddress& address) const;
  std::string to_string() const;
  bool operator==(const Network&) const = default;

 private:
  IpAddress base_;
  int bits_ = 0;
};

}  // namespace maester::wire
