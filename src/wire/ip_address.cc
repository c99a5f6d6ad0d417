#include "wire/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace maester::wire {
namespace {

struct Range4 {
  std::uint32_t network;
  int bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c = 0) {
  return a << 24 | b << 16 | c << 8;
}

constexpr Range4 kDenied4[] = {{v4(0, 0), 8},         {v4(10, 0), 8},      {v4(100, 64), 10},
                               {v4(127, 0), 8},       {v4(169, 254), 16},  {v4(172, 16), 12},
                               {v4(192, 0, 0), 24},   {v4(192, 0, 2), 24}, {v4(192, 88, 99), 24},
                               {v4(192, 168), 16},    {v4(198, 18), 15},   {v4(198, 51, 100), 24},
                               {v4(203, 0, 113), 24}, {v4(224, 0), 4},     {v4(240, 0), 4}};

struct Range6 {
  std::array<std::uint8_t, 16> network;
  int bits;
};

constexpr Range6 kDenied6[] = {{{}, 96},  // ::, ::1 and the old IPv4-compatible form
                               {{0x00, 0x64, 0xff, 0x9b}, 96},              // 64:ff9b::/96
                               {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},  // 64:ff9b:1::/48
                               {{0x01, 0x00}, 64},                          // 100::/64
                               {{0x20, 0x01, 0x00, 0x00}, 32},              // 2001::/32
                               {{0x20, 0x01, 0x0d, 0xb8}, 32},              // 2001:db8::/32
                               {{0x20, 0x02}, 16},                          // 2002::/16
                               {{0xfc}, 7},                                 // fc00::/7
                               {{0xfe, 0x80}, 10},                          // fe80::/10
                               {{0xfe, 0xc0}, 10},  // fec0::/10, the old site-local
                               {{0xff}, 8}};        // ff00::/8

bool in_range(const std::array<std::uint8_t, 16>& address, const Range6& range) {
  const auto whole = static_cast<std::size_t>(range.bits / 8);
  if (!std::equal(range.network.begin(), range.network.begin() + whole, address.begin())) {
    return false;
  }
  const int rest = range.bits % 8;
  return rest == 0 || ((address[whole] ^ range.network[whole]) >> (8 - rest)) == 0;
}

bool is_denied4(const std::uint8_t* bytes) {
  const std::uint32_t address = static_cast<std::uint32_t>(bytes[0]) << 24 |
                                static_cast<std::uint32_t>(bytes[1]) << 16 |
                                static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
  return std::any_of(std::begin(kDenied4), std::end(kDenied4), [address](const Range4& range) {
    return (address ^ range.network) >> (32 - range.bits) == 0;
  });
}

bool is_mapped4(const std::array<std::uint8_t, 16>& b) {
  return std::all_of(b.begin(), b.begin() + 10, [](std::uint8_t x) { return x == 0; }) &&
         b[10] == 0xff && b[11] == 0xff;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy(text);
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  // inet_pton takes dotted decimal only and no leading zeros in glibc: octal, hex, short and
  // decimal forms fail.
  if (inet_pton(AF_INET, copy.c_str(), address.bytes_.data()) == 1) {
    return address;
  }
  address.v4_ = false;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from(const sockaddr* address) {
  IpAddress ip;
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    std::memcpy(ip.bytes_.data(), &in.sin_addr, 4);
    return ip;
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in6{};
  std::memcpy(&in6, address, sizeof in6);
  ip.v4_ = false;
  std::memcpy(ip.bytes_.data(), &in6.sin6_addr, 16);
  return ip;
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
  return text;
}

bool IpAddress::is_denied() const {
  if (v4_) return is_denied4(bytes_.data());
  if (is_mapped4(bytes_)) return is_denied4(bytes_.data() + 12);
  return std::any_of(std::begin(kDenied6), std::end(kDenied6),
                     [this](const Range6& range) { return in_range(bytes_, range); });
}

socklen_t IpAddress::to_sockaddr(std::uint16_t port, sockaddr_storage& out) const {
  out = {};
  if (v4_) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, bytes_.data(), 4);
    std::memcpy(&out, &in, sizeof in);
    return sizeof in;
  }
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port);
  std::memcpy(&in6.sin6_addr, bytes_.data(), 16);
  std::memcpy(&out, &in6, sizeof in6);
  return sizeof in6;
}

IpAddress IpAddress::unmapped() const {
  if (v4_ || !is_mapped4(bytes_)) return *this;
  IpAddress inner;
  std::copy_n(bytes_.begin() + 12, 4, inner.bytes_.begin());
  return inner;
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network network;
  network.base_ = *address;
  const int most = address->v4_ ? 32 : 128;
  network.bits_ = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), network.bits_);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (!whole || network.bits_ < 0 || network.bits_ > most) return std::nullopt;
  }
  for (int bit = network.bits_; bit < most; ++bit) {
    if ((address->bytes_[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0)
      return std::nullopt;
  }
  return network;
}

bool Network::contains(const IpAddress& address) const {
  const IpAddress plain = address.unmapped();
  return plain.v4_ == base_.v4_ && in_range(plain.bytes_, {base_.bytes_, bits_});
}

std::string Network::to_string() const {
  return base_.to_string() + "/" + std::to_string(bits_);
}

}  // namespace maester::wire
