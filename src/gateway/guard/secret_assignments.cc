#include <algorithm>
#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/randomness.h"
#include "gateway/guard/secret_matchers.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxName = 64, kMaxValue = 256;

// What a name ends with, `_` and `-` left out.
constexpr auto kPasswords =
    std::to_array<std::string_view>({"password", "passwd", "passwort", "kennwort", "contrasena",
                                     "motdepasse", "pwd", "passphrase"});
constexpr auto kKeys = std::to_array<std::string_view>(
    {"apikey", "secretkey", "accesskey", "privatekey", "authtoken", "accesstoken", "refreshtoken",
     "clientsecret", "secret", "token", "apitoken", "signingkey", "encryptionkey"});

std::string bare_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != '.') out += lower(c);
  }
  return out;
}

bool ends_with_any(std::string_view name, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return name.ends_with(word); });
}

bool name_byte(int byte) {
  return is(byte, kToken) || byte == '.';
}

struct Value {
  std::size_t begin = 0, end = 0;  // without quotes
  std::size_t after = 0;           // with them
  bool quoted = false;
};

Value read_value(const Source& source, std::size_t at) {
  Value out;
  const int quote = source.at(at);
  if (quote == '"' || quote == '\'' || quote == '`') {
    out.quoted = true;
    out.begin = at + 1;
    std::size_t pos = at + 1;
    while (pos - at < kMaxValue && source.at(pos) != quote && source.at(pos) != '\n' &&
           source.at(pos) >= 0)
      pos += source.at(pos) == '\\' ? 2u : 1u;
    if (source.at(pos) != quote) return {};
    out.end = pos;
    out.after = pos + 1;
    return out;
  }
  std::size_t pos = at;
  while (pos - at < kMaxValue && source.at(pos) > ' ' && source.at(pos) != ',' &&
         source.at(pos) != ';' && source.at(pos) != '"' && source.at(pos) != '\'' &&
         source.at(pos) != '}' && source.at(pos) != '&' && source.at(pos) != '<')
    ++pos;
  while (pos > at && (source.before(pos) == '.' || source.before(pos) == ')')) --pos;
  return {at, pos, pos, false};
}

// An unquoted value that is a word or an expression is no password.
bool plausible(std::string_view value, bool quoted, bool password) {
  if (is_placeholder(value)) return false;
  if (value.find(' ') != std::string_view::npos && !(quoted && password)) return false;
  bool digit = false, letter = false, call = false;
  for (const char c : value) {
    digit = digit || is_digit(static_cast<unsigned char>(c));
    letter = letter || is_alpha(static_cast<unsigned char>(c));
    call = call || c == '(' || c == '[';
  }
  if (!quoted && call) return false;
  if (password) return value.size() >= (quoted ? 6u : 8u) && (quoted ? letter || digit : digit);
  return value.size() >= 16 && digit && letter && entropy(value) >= 3.0;
}

// "Authorization: Bearer VALUE", "Basic VALUE".
Found match_authorization(const Source& source, std::size_t at, std::size_t value) {
  std::size_t n = 0;
  while (n < 7 && is_alpha(source.at(value + n))) ++n;
  const std::string scheme = lower_ascii(source.slice(value, value + n));
  if ((scheme != "bearer" && scheme != "basic") || source.at(value + n) != ' ') return {};
  std::size_t pos = value + n + 1;
  const std::size_t begin = pos;
  while (pos - begin < 2048 &&
         (name_byte(source.at(pos)) || source.at(pos) == '+' || source.at(pos) == '/' ||
          source.at(pos) == '=' || source.at(pos) == '~'))
    ++pos;
  const std::string_view token = source.slice(begin, pos);
  if (token.size() < 16 || is_placeholder(token) || entropy(token) < 3.0) return {};
  return {pos - at, "authorization"};
}

}  // namespace

Found match_assignment(const Source& source, std::size_t at) {
  std::size_t pos = at;
  while (pos - at <= kMaxName && name_byte(source.at(pos))) ++pos;
  if (pos - at < 3 || pos - at > kMaxName) return {};
  const std::string name = bare_name(source.slice(at, pos));
  const bool header = name.ends_with("authorization");
  const bool password = ends_with_any(name, kPasswords);
  if (!header && !password && !ends_with_any(name, kKeys)) return {};
  if (source.at(pos) == '"' || source.at(pos) == '\'') ++pos;
  if (source.at(pos) == ' ') ++pos;
  const int sign = source.at(pos);
  if (sign != '=' && sign != ':') return {};
  ++pos;
  if (sign == ':' && source.at(pos) == '=') ++pos;
  if (sign == '=' && (source.at(pos) == '>' || source.at(pos) == '=')) ++pos;
  for (int i = 0; i < 4 && source.at(pos) == ' '; ++i) ++pos;
  if (header) return match_authorization(source, at, pos);
  const Value value = read_value(source, pos);
  if (value.end <= value.begin) return {};
  if (!plausible(source.slice(value.begin, value.end), value.quoted, password)) return {};
  return {value.after - at, password ? "password-assign" : "key-assign"};
}

}  // namespace maester::gateway::guard
