// HOST:PORT texts of the configuration and the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maester::app {

struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

// "127.0.0.1:8080", "[::1]:8080": a numeric address and a port (0 = any free one).
std::optional<HostPort> parse_listen_address(std::string_view text);

// An entry of egress.allow: a name or a numeric address, and a port from 1.
std::optional<HostPort> parse_host_port(std::string_view text);

// 127.0.0.0/8, ::1 and the name localhost.
bool is_loopback(std::string_view host);

}  // namespace maester::app
