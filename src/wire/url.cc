#include "wire/url.h"

#include <algorithm>

#include "wire/http.h"
#include "wire/ip_address.h"

namespace maester::wire {
namespace {

std::unexpected<Error> bad_url(std::string_view why) {
  return fail(Code::invalid_request, "The URL is refused: " + std::string(why) + ".", "url");
}

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Names of a DNS shape; a last label that could be a number is left to the strict numeric form.
Status check_name(std::string_view host) {
  if (host.size() > 253) return bad_url("the host is too long");
  std::size_t start = 0;
  std::string_view label;
  while (start <= host.size()) {
    const std::size_t dot = std::min(host.find('.', start), host.size());
    label = host.substr(start, dot - start);
    if (label.empty() || label.size() > 63) return bad_url("the host has an empty or long label");
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) {
      return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
    });
    if (!plain || label.front() == '-' || label.back() == '-') {
      return bad_url("the host is not a plain name or address");
    }
    start = dot + 1;
  }
  const bool hex = label.size() >= 2 && label[0] == '0' && lower(label[1]) == 'x';
  if (is_digit(label.front()) && (hex || std::all_of(label.begin(), label.end(), is_digit))) {
    return bad_url("a numeric host is written as four decimal numbers");
  }
  return {};
}

Result<std::string> parse_host(std::string_view text) {
  if (text.empty()) return bad_url("it has no host");
  if (text.front() == '[') {
    const std::optional<IpAddress> address = IpAddress::parse(text.substr(1, text.size() - 2));
    if (!address || address->is_v4()) return bad_url("the address in brackets is malformed");
    return address->to_string();
  }
  std::string host;
  for (const char c : text) host += lower(c);
  if (!IpAddress::parse(host)) TRY(check_name(host));
  return host;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit) ||
      text.front() == '0') {
    return bad_url("the port is malformed");
  }
  unsigned port = 0;
  for (const char c : text) port = port * 10 + static_cast<unsigned>(c - '0');
  if (port > 65535) return bad_url("the port is malformed");
  return static_cast<std::uint16_t>(port);
}

Status check_path(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool escape = path[i] == '%';
    if (escape &&
        (i + 2 >= path.size() || hex_value(path[i + 1]) < 0 || hex_value(path[i + 2]) < 0)) {
      return bad_url("the path has a malformed escape");
    }
    if (!escape && !is_unreserved(path[i]) &&
        std::string_view("/:@!$&'()*+,;=").find(path[i]) == std::string_view::npos) {
      return bad_url("the path has a byte that must be escaped");
    }
  }
  if ((std::string(path) + "/").find("/../") != std::string::npos ||
      (std::string(path) + "/").find("/./") != std::string::npos) {
    return bad_url("the path has a dot segment");
  }
  return {};
}

}  // namespace

std::string Origin::to_string() const {
  return (tls ? "https://" : "http://") +
         (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
         std::to_string(port);
}

std::string Origin::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > 2048) return bad_url("it is longer than 2048 bytes");
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u >= 0x7f) return bad_url("it has a space, control or non-ASCII byte");
    if (c == '\\') return bad_url("it has a backslash");
    if (c == '#') return bad_url("it has a fragment");
    if (c == '?') return bad_url("it has a query");
  }
  Url url;
  const auto starts = [&](std::string_view scheme) {
    return text.size() >= scheme.size() &&
           equals_ignore_case(text.substr(0, scheme.size()), scheme);
  };
  if (starts("https://")) {
    text.remove_prefix(8);
  } else if (starts("http://")) {
    url.origin.tls = false;
    text.remove_prefix(7);
  } else {
    return bad_url("it does not begin with https:// or http://");
  }
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string_view authority = text.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) return bad_url("it carries credentials");
  if (authority.find('%') != std::string_view::npos) return bad_url("the host has a percent sign");

  std::size_t host_end = std::min(authority.find(':'), authority.size());
  if (!authority.empty() && authority.front() == '[') {
    host_end = authority.find(']');
    if (host_end == std::string_view::npos) return bad_url("the address in brackets is malformed");
    ++host_end;
  }
  TRY_ASSIGN(url.origin.host, parse_host(authority.substr(0, host_end)));
  url.origin.port = url.origin.tls ? 443 : 80;
  if (host_end < authority.size()) {
    if (authority[host_end] != ':') return bad_url("the host is malformed");
    TRY_ASSIGN(url.origin.port, parse_port(authority.substr(host_end + 1)));
  }
  std::string_view path = text.substr(slash);
  TRY(check_path(path));
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  url.path = path.empty() ? "/" : std::string(path);
  return url;
}

std::string encode_segment(std::string_view segment) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  const bool dots = segment == "." || segment == "..";  // they would climb
  for (const char c : segment) {
    if (is_unreserved(c) && !dots) {
      out += c;
      continue;
    }
    const auto u = static_cast<unsigned char>(c);
    ((out += '%') += kHex[u >> 4]) += kHex[u & 15];
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
      if (low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  return out;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::optional<std::string> key = percent_decode(pair.substr(0, equals), true);
    if (key && *key == name) {
      return percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

}  // namespace maester::wire
