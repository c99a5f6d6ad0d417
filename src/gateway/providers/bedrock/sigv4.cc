#include "gateway/providers/bedrock/sigv4.h"

#include <algorithm>

#include "base/hash.h"
#include "base/hex.h"
#include "base/hmac.h"

namespace maester::gateway::bedrock {

namespace {

void append_encoded(std::string& out, std::string_view text, bool keep_slash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash);
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

// The pairs as they are sent, which is encoded once, in the order of their bytes.
std::string canonical_query(std::string_view query) {
  std::vector<std::string> pairs;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    if (!pair.empty()) {
      pairs.emplace_back(pair);
      if (pair.find('=') == std::string_view::npos) pairs.back() += '=';
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::sort(pairs.begin(), pairs.end(), [](const std::string& a, const std::string& b) {
    const auto cut = [](const std::string& pair) { return pair.find('='); };
    const int names = a.compare(0, cut(a), b, 0, cut(b));
    return names != 0 ? names < 0 : a < b;
  });
  std::string out;
  for (const std::string& pair : pairs) out += (out.empty() ? "" : "&") + pair;
  return out;
}

// Blanks around it off, those inside to one.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::vector<std::pair<std::string, std::string>> sorted_headers(const SignedRequest& request) {
  auto headers = request.headers;
  std::stable_sort(headers.begin(), headers.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return headers;
}

std::string signed_names(const SignedRequest& request) {
  std::string out;
  std::string_view last;
  const auto headers = sorted_headers(request);
  for (const auto& [name, value] : headers) {
    if (name == last) continue;
    out += (out.empty() ? "" : ";") + name;
    last = name;
  }
  return out;
}

std::string_view view_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256 hmac(std::string_view key, std::string_view text) {
  return HmacSha256(key).of({text});
}

}  // namespace

std::string amz_date(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(seconds - day);
  std::string out;
  const auto number = [&out](std::int64_t value, int digits) {
    for (std::int64_t unit = digits == 4 ? 1000 : 10; unit > 0; unit /= 10)
      out += static_cast<char>('0' + value / unit % 10);
  };
  number(static_cast<int>(date.year()), 4);
  number(static_cast<unsigned>(date.month()), 2);
  number(static_cast<unsigned>(date.day()), 2);
  out += 'T';
  number(clock.hours().count(), 2);
  number(clock.minutes().count(), 2);
  number(clock.seconds().count(), 2);
  out += 'Z';
  return out;
}

std::string canonical_request(const SignedRequest& request) {
  const std::size_t mark = std::min(request.target.find('?'), request.target.size());
  std::string out(request.method);
  out += '\n';
  // Each segment once more than it is sent (all services but S3).
  append_encoded(out, request.target.substr(0, mark), true);
  out += '\n';
  out += canonical_query(request.target.substr(std::min(mark + 1, request.target.size())));
  out += '\n';
  std::string_view last;
  const auto headers = sorted_headers(request);
  for (const auto& [name, value] : headers) {
    if (name == last) {
      out.back() = ',';
      out += canonical_value(value);
    } else {
      out += name + ":" + canonical_value(value);
    }
    out += '\n';
    last = name;
  }
  out += '\n';
  out += signed_names(request) + "\n" + sha256_hex(request.body);
  return out;
}

std::string authorization(const SignedRequest& request, const SigningScope& scope, WallTime time) {
  const std::string date = amz_date(time);
  const std::string_view day = std::string_view(date).substr(0, 8);
  const std::string where = std::string(day) + "/" + std::string(scope.region) + "/" +
                            std::string(scope.service) + "/aws4_request";
  const std::string text =
      "AWS4-HMAC-SHA256\n" + date + "\n" + where + "\n" + sha256_hex(canonical_request(request));
  std::string secret = "AWS4" + std::string(scope.secret_access_key);
  Sha256 key = hmac(secret, day);
  secret.assign(secret.size(), '\0');
  key = hmac(view_of(key), scope.region);
  key = hmac(view_of(key), scope.service);
  key = hmac(view_of(key), "aws4_request");
  return "AWS4-HMAC-SHA256 Credential=" + std::string(scope.access_key_id) + "/" + where +
         ", SignedHeaders=" + signed_names(request) +
         ", Signature=" + hex_encode(hmac(view_of(key), text));
}

}  // namespace maester::gateway::bedrock
