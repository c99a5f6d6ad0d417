#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/randomness.h"
#include "gateway/guard/secret_matchers.h"

namespace maester::gateway::guard {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kKey = "PRIVATE KEY";

bool begins(const Source& source, std::size_t at, std::string_view what) {
  for (std::size_t i = 0; i < what.size(); ++i) {
    if (source.at(at + i) != static_cast<unsigned char>(what[i])) return false;
  }
  return true;
}

// The label of a PEM boundary and its dashes; where they end, 0 when it is no private key's.
std::size_t label_end(const Source& source, std::size_t at) {
  std::size_t n = 0;
  while (n < 48 && (is(source.at(at + n), kUpper | kDigit) || source.at(at + n) == ' ')) ++n;
  if (source.slice(at, at + n).find(kKey) == std::string_view::npos) return 0;
  return begins(source, at + n, "-----") ? at + n + 5 : 0;
}

struct Scheme {
  std::string_view scheme;
  std::string_view kind;
};
constexpr auto kSchemes = std::to_array<Scheme>({{"postgres", "postgres-url"},
                                                 {"postgresql", "postgres-url"},
                                                 {"mysql", "database-url"},
                                                 {"mariadb", "database-url"},
                                                 {"mongodb", "database-url"},
                                                 {"mongodb+srv", "database-url"},
                                                 {"mssql", "database-url"},
                                                 {"sqlserver", "database-url"},
                                                 {"redis", "database-url"},
                                                 {"rediss", "database-url"},
                                                 {"amqp", "database-url"},
                                                 {"amqps", "database-url"},
                                                 {"clickhouse", "database-url"}});

bool url_byte(int byte) {
  return byte > ' ' && byte != '"' && byte != '\'' && byte != '<' && byte != '>' && byte != '`' &&
         byte != '\\' && byte != ',' && byte != ';' && byte != ')' && byte != '}' && byte != ']';
}

}  // namespace

// RFC 7468. What follows the first boundary is taken up to the second, or as long as it may belong
// to a key.
Found match_private_key(const Source& source, std::size_t at) {
  if (!begins(source, at, kBegin)) return {};
  std::size_t pos = label_end(source, at + kBegin.size());
  if (pos == 0) return {};
  while (pos - at < kMaxMatch - 64) {
    const int byte = source.at(pos);
    if (byte == '-' && begins(source, pos, kEnd)) {
      const std::size_t end = label_end(source, pos + kEnd.size());
      return {(end == 0 ? pos : end) - at, "private-key"};
    }
    const bool belongs = is_alnum(byte) || is(byte, kSpace) || byte == '+' || byte == '/' ||
                         byte == '=' || byte == ':' || byte == ',' || byte == '-' || byte == '\\' ||
                         byte == '.';
    if (!belongs) break;
    if (byte == '-' && source.at(pos + 1) == '-') break;
    ++pos;
  }
  while (is(source.before(pos), kSpace)) --pos;
  return {pos - at, "private-key"};
}

// scheme://user:password@host, RFC 3986.
Found match_url_credentials(const Source& source, std::size_t at) {
  std::size_t n = 0;
  while (n < 24 && (is_alnum(source.at(at + n)) || source.at(at + n) == '+')) ++n;
  if (n < 2 || n == 24 || !begins(source, at + n, "://")) return {};
  std::size_t pos = at + n + 3, colon = 0;
  const std::size_t user = pos;
  while (pos - user < 384 && url_byte(source.at(pos)) && source.at(pos) != '@' &&
         source.at(pos) != '/') {
    if (source.at(pos) == ':' && colon == 0) colon = pos;
    ++pos;
  }
  if (colon == 0 || source.at(pos) != '@' || pos == colon + 1) return {};
  const std::string_view password = source.slice(colon + 1, pos);
  if (password.size() < 4 || is_placeholder(password)) return {};
  const std::size_t host = ++pos;
  while (pos - host < 1024 && url_byte(source.at(pos))) ++pos;
  while (pos > host && (source.before(pos) == '.' || source.before(pos) == ':')) --pos;
  if (pos == host) return {};
  const std::string scheme = lower_ascii(source.slice(at, at + n));
  for (const Scheme& one : kSchemes) {
    if (one.scheme == scheme) return {pos - at, one.kind};
  }
  return {pos - at, "basic-auth-url"};
}

// A storage account's connection string, or its key alone.
Found match_azure_storage(const Source& source, std::size_t at) {
  const bool whole = begins(source, at, "DefaultEndpointsProtocol=");
  if (!whole && !begins(source, at, "AccountKey=") && !begins(source, at, "SharedAccessKey="))
    return {};
  std::size_t pos = at;
  while (pos - at < 1024 && source.at(pos) > ' ' && source.at(pos) != '"' && source.at(pos) != '\'')
    ++pos;
  while (source.before(pos) == '.' || source.before(pos) == ',') --pos;
  const std::string_view text = source.slice(at, pos);
  const std::size_t key = text.find("Key=");
  if (key == std::string_view::npos || text.size() - key < 44) return {};
  return is_placeholder(text.substr(key + 4, 40)) ? Found{} : Found{pos - at, "azure-storage"};
}

}  // namespace maester::gateway::guard
