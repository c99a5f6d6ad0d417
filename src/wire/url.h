// The one URL parser (RULES.md §6.2): the parsed object goes to the dialer, never the string.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace maester::wire {

struct Origin {
  bool tls = true;
  std::string host;  // lower case, or a numeric address (IPv6 without brackets)
  std::uint16_t port = 443;
  std::string
      credential_id;  // pools are never shared between credentials (THREATS.md R26); "" = none
  bool operator==(const Origin&) const = default;
  std::string to_string() const;  // "https://host:port"
  std::string authority() const;  // the Host header: port left out when it is the scheme's own
};

struct Url {
  Origin origin;
  std::string path;  // begins with '/', without a trailing one except when it is "/"
};

// http and https only. Refuses userinfo, fragment, query, backslash, control and non-ASCII bytes, a
// percent sign in the host, numeric hosts that are not canonical (decimal, octal, hex, short IPv4),
// empty labels; Code::invalid_request.
Result<Url> parse_url(std::string_view text);

// One path segment, percent-encoded (everything but RFC 3986 unreserved).
std::string encode_segment(std::string_view segment);
// "%41+b" of a query or segment; nullopt on a malformed escape or a NUL.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
// The first value of `name` in a query string, decoded.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace maester::wire
