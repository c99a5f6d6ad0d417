#include <algorithm>
#include <array>
#include <vector>

#include "gateway/guard/bytes.h"
#include "gateway/guard/randomness.h"
#include "gateway/guard/secret_matchers.h"

namespace maester::gateway::guard {
namespace {

enum class Set : std::uint8_t { token, alnum, upper, hex, base64, dotted };

struct Shape {
  std::string_view prefix;
  std::string_view kind;
  Set set;                 // of what follows the prefix
  std::uint16_t min, max;  // bytes of it
};

// Public shapes, as the vendors document them. Sorted by prefix; of those that begin a text the
// longest counts.
constexpr auto kShapes = std::to_array<Shape>({
    {"ABIA", "aws-access-key", Set::upper, 16, 16},
    {"ACCA", "aws-access-key", Set::upper, 16, 16},
    {"AGE-SECRET-KEY-1", "age-key", Set::upper, 58, 58},
    {"AIza", "google-api-key", Set::token, 35, 35},
    {"AKIA", "aws-access-key", Set::upper, 16, 16},
    {"ASIA", "aws-access-key", Set::upper, 16, 16},
    {"EAAC", "facebook-token", Set::alnum, 60, 300},
    {"GOCSPX-", "google-client-secret", Set::token, 28, 28},
    {"PMAK-", "postman-key", Set::token, 59, 59},
    {"SG.", "sendgrid", Set::dotted, 60, 80},
    {"SK", "twilio", Set::hex, 32, 32},
    {"dapi", "databricks-token", Set::hex, 32, 34},
    {"dckr_pat_", "docker-token", Set::token, 24, 40},
    {"doo_v1_", "digitalocean-token", Set::hex, 64, 64},
    {"dop_v1_", "digitalocean-token", Set::hex, 64, 64},
    {"figd_", "figma-token", Set::token, 38, 48},
    {"fw_", "fireworks-key", Set::alnum, 20, 48},
    {"ghc_", "github-token", Set::alnum, 36, 255},
    {"gho_", "github-token", Set::alnum, 36, 255},
    {"ghp_", "github-token", Set::alnum, 36, 255},
    {"ghr_", "github-token", Set::alnum, 36, 255},
    {"ghs_", "github-token", Set::alnum, 36, 255},
    {"ghu_", "github-token", Set::alnum, 36, 255},
    {"github_pat_", "github-pat", Set::token, 60, 255},
    {"gldt-", "gitlab-token", Set::token, 20, 64},
    {"glpat-", "gitlab-token", Set::dotted, 20, 64},
    {"glptt-", "gitlab-token", Set::token, 20, 64},
    {"glrt-", "gitlab-token", Set::token, 20, 64},
    {"glsa_", "grafana-token", Set::token, 36, 64},
    {"gsk_", "groq-key", Set::alnum, 40, 64},
    {"hf_", "huggingface", Set::alnum, 30, 48},
    {"hvb.", "vault-token", Set::token, 90, 300},
    {"hvs.", "vault-token", Set::token, 24, 300},
    {"key-", "mailgun-key", Set::hex, 32, 32},
    {"lin_api_", "linear-key", Set::alnum, 32, 64},
    {"mst_a_", "maester-key", Set::token, 50, 80},
    {"mst_k_", "maester-key", Set::token, 50, 80},
    {"npm_", "npm-token", Set::alnum, 36, 36},
    {"ntn_", "notion-token", Set::alnum, 40, 60},
    {"nvapi-", "nvidia-key", Set::token, 40, 80},
    {"pplx-", "perplexity-key", Set::alnum, 40, 64},
    {"pul-", "pulumi-token", Set::hex, 40, 40},
    {"pypi-AgEI", "pypi-token", Set::token, 50, 300},
    {"r8_", "replicate-key", Set::alnum, 37, 40},
    {"rk_live_", "stripe-key", Set::alnum, 20, 128},
    {"rk_test_", "stripe-key", Set::alnum, 20, 128},
    {"rubygems_", "rubygems-key", Set::hex, 48, 48},
    {"secret_", "notion-token", Set::alnum, 43, 43},
    {"shpat_", "shopify-token", Set::hex, 32, 32},
    {"shpca_", "shopify-token", Set::hex, 32, 32},
    {"shppa_", "shopify-token", Set::hex, 32, 32},
    {"shpss_", "shopify-token", Set::hex, 32, 32},
    {"sk-", "openai-key", Set::token, 32, 200},
    {"sk-ant-", "anthropic-key", Set::token, 40, 200},
    {"sk-or-v1-", "openrouter-key", Set::hex, 64, 64},
    {"sk-proj-", "openai-key", Set::token, 32, 200},
    {"sk-svcacct-", "openai-key", Set::token, 32, 200},
    {"sk_live_", "stripe-key", Set::alnum, 20, 128},
    {"sk_test_", "stripe-key", Set::alnum, 20, 128},
    {"sntrys_", "sentry-token", Set::base64, 60, 300},
    {"sq0atp-", "square-token", Set::token, 22, 22},
    {"sq0csp-", "square-token", Set::token, 43, 43},
    {"tskey-", "tailscale-key", Set::token, 20, 80},
    {"whsec_", "stripe-key", Set::base64, 24, 64},
    {"xai-", "xai-key", Set::alnum, 60, 100},
    {"xapp-", "slack-token", Set::token, 30, 200},
    {"xoxa-", "slack-token", Set::token, 20, 200},
    {"xoxb-", "slack-token", Set::token, 20, 200},
    {"xoxe-", "slack-token", Set::token, 20, 300},
    {"xoxe.", "slack-token", Set::token, 20, 300},
    {"xoxp-", "slack-token", Set::token, 20, 200},
    {"xoxr-", "slack-token", Set::token, 20, 200},
    {"xoxs-", "slack-token", Set::token, 20, 200},
    {"ya29.", "google-token", Set::token, 20, 300},
});

// Where the shapes with a first byte stand: [from, to).
struct Range {
  std::uint8_t from = 0, to = 0;
};
constexpr auto kByFirst = [] {
  std::array<Range, 256> out{};
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    Range& range = out[static_cast<unsigned char>(kShapes[i].prefix[0])];
    if (range.to == 0) range.from = static_cast<std::uint8_t>(i);
    range.to = static_cast<std::uint8_t>(i + 1);
  }
  return out;
}();

bool in_set(int byte, Set set) {
  switch (set) {
    case Set::token:
      return is(byte, kToken);
    case Set::alnum:
      return is_alnum(byte);
    case Set::upper:
      return is(byte, kUpper | kDigit);
    case Set::hex:
      return is_digit(byte) || (byte >= 'a' && byte <= 'f');
    case Set::base64:
      return is_alnum(byte) || byte == '+' || byte == '/' || byte == '=' || byte == '_';
    case Set::dotted:
      return is(byte, kToken) || byte == '.';
  }
  return false;
}

bool begins(const Source& source, std::size_t at, std::string_view prefix) {
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (source.at(at + i) != static_cast<unsigned char>(prefix[i])) return false;
  }
  return true;
}

bool distinct_enough(std::string_view body) {
  return !is_placeholder(body) && entropy(body) >= 2.5;
}

}  // namespace

Found match_vendor_key(const Source& source, std::size_t at) {
  const int first = source.at(at);
  if (first < 0) return {};
  const Range range = kByFirst[static_cast<std::size_t>(first)];
  for (std::size_t i = range.to; i-- > range.from;) {
    const Shape& shape = kShapes[i];
    if (!begins(source, at, shape.prefix)) continue;
    const std::size_t body = at + shape.prefix.size();
    std::size_t n = 0;
    while (n <= shape.max && in_set(source.at(body + n), shape.set)) ++n;
    // A dash or a point at the end belongs to the sentence.
    while (n > 0 && shape.set == Set::dotted && source.before(body + n) == '.') --n;
    if (n < shape.min || n > shape.max) continue;
    if (!distinct_enough(source.slice(body, body + n))) continue;
    return {shape.prefix.size() + n, shape.kind};
  }
  return {};
}

std::span<const std::string_view> vendor_kinds() {
  static const std::vector<std::string_view> kKinds = [] {
    std::vector<std::string_view> out;
    for (const Shape& shape : kShapes) out.push_back(shape.kind);
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
  }();
  return kKinds;
}

}  // namespace maester::gateway::guard
