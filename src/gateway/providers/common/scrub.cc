#include "gateway/providers/common/scrub.h"

#include <array>

#include "base/utf8.h"

namespace maester::gateway::providers {

namespace {

constexpr std::string_view kRedacted = "[redacted]";
// Enough to find a secret that begins inside the kept part; the rest is cut anyway.
constexpr std::size_t kScanned = 16 * 1024;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}
bool is_token(char c) {
  return is_word(c) || c == '.' || c == '*' || c == '/' || c == '+' || c == '=';
}

std::size_t run_of(std::string_view text, std::size_t at, bool (*accept)(char)) {
  std::size_t n = 0;
  while (at + n < text.size() && accept(text[at + n])) ++n;
  return n;
}

struct Prefix {
  std::string_view text;
  std::size_t min_rest;  // characters that must follow for it to be a secret and not a word
};
constexpr std::array kPrefixes = {Prefix{"sk-", 8},    Prefix{"sk_", 16},  Prefix{"AKIA", 12},
                                  Prefix{"ASIA", 12},  Prefix{"AIza", 20}, Prefix{"gsk_", 16},
                                  Prefix{"xai-", 16},  Prefix{"hf_", 16},  Prefix{"ghp_", 16},
                                  Prefix{"pplx-", 16}, Prefix{"r8_", 16},  Prefix{"mst_", 8},
                                  Prefix{"eyJ", 24}};

// The length of the secret that starts at `at`, 0 when none does.
std::size_t secret_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("-----BEGIN ")) {
    const std::size_t end = rest.find("-----END ");
    if (end == std::string_view::npos) return rest.size();
    const std::size_t close = rest.find("-----", end + 9);
    return close == std::string_view::npos ? rest.size() : close + 5;
  }
  if (at > 0 && is_word(text[at - 1])) return 0;
  for (const Prefix& prefix : kPrefixes) {
    if (!rest.starts_with(prefix.text)) continue;
    const std::size_t n = run_of(text, at + prefix.text.size(), is_token);
    if (n >= prefix.min_rest) return prefix.text.size() + n;
  }
  return 0;
}

// After "Bearer " or "Basic ": the credential itself.
std::size_t credential_after_scheme(std::string_view text, std::size_t at) {
  for (const std::string_view scheme : {"earer ", "EARER ", "asic ", "ASIC "}) {
    if (at >= scheme.size() && text.substr(at - scheme.size(), scheme.size()) == scheme) {
      const std::size_t n = run_of(text, at, is_token);
      return n >= 8 ? n : 0;
    }
  }
  return 0;
}

// After "://": the length of "user:password@", 0 when the authority has none.
std::size_t userinfo_at(std::string_view text, std::size_t at) {
  if (at < 3 || text.substr(at - 3, 3) != "://") return 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '@') return i + 1 - at;
    if (c == '/' || c == '?' || c == '#' || c == ' ' || c == '"' || c == '\n') return 0;
  }
  return 0;
}

void append_clean(std::string& out, std::string_view text, std::size_t& at) {
  const utf8::Decoded d = utf8::decode(text, at);
  if (d.length == 0) {
    utf8::append(out, 0xFFFD);
    ++at;
  } else if (d.code_point < 0x20 || (d.code_point >= 0x7F && d.code_point < 0xA0)) {
    out += ' ';
    at += d.length;
  } else {
    out += text.substr(at, d.length);
    at += d.length;
  }
}

}  // namespace

std::string scrub(std::string_view text, std::size_t max_bytes) {
  text = text.substr(0, kScanned);
  std::string out;
  out.reserve(std::min(text.size(), max_bytes + 64));
  for (std::size_t at = 0; at < text.size() && out.size() < max_bytes;) {
    std::size_t n = secret_at(text, at);
    if (n == 0) n = credential_after_scheme(text, at);
    if (n != 0) {
      out += kRedacted;
      at += n;
      continue;
    }
    if (const std::size_t user = userinfo_at(text, at); user != 0) {
      out += kRedacted;
      out += '@';
      at += user;
      continue;
    }
    append_clean(out, text, at);
  }
  out.resize(utf8::truncate(out, max_bytes).size());
  return out;
}

}  // namespace maester::gateway::providers
