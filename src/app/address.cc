#include "app/address.h"

#include <charconv>

#include "wire/url.h"

namespace maester::app {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return port;
}

// Splits at the last colon; the host is checked by the one parser of hosts.
std::optional<HostPort> split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  const std::string_view host = text.substr(0, colon);
  if (!port || host.find('/') != std::string_view::npos) return std::nullopt;
  const auto url = wire::parse_url("http://" + std::string(host) + ":80/");
  if (!url || url->path != "/") return std::nullopt;
  const bool v6 = url->origin.host.find(':') != std::string::npos;
  if ((v6 ? "[" + url->origin.host + "]" : url->origin.host) != host) return std::nullopt;
  return HostPort{url->origin.host, *port};
}

bool is_numeric(std::string_view host) {
  return host.find(':') != std::string_view::npos ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::optional<HostPort> parse_listen_address(std::string_view text) {
  auto out = split(text);
  if (!out || !is_numeric(out->host)) return std::nullopt;
  return out;
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  auto out = split(text);
  if (!out || out->port == 0) return std::nullopt;
  return out;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_numeric(host));
}

}  // namespace maester::app
