#include "gateway/guard/pii.h"

#include <algorithm>
#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"

namespace maester::gateway::guard {
namespace {

using Matcher = std::size_t (*)(const Source&, std::size_t);

struct Kind {
  std::string_view name;
  Matcher match;
  unsigned first;             // classes of the first byte
  std::string_view or_first;  // further first bytes
  unsigned not_after;         // classes of the byte before it that rule it out
};

constexpr unsigned kAlnum = kUpper | kLower | kDigit;

// In the order in which they are tried; of several that match, the longest counts, then the first.
constexpr auto kKinds = std::to_array<Kind>({
    {"email", match_email, kLocal, "", kLocal},
    {"credit-card", match_card, kDigit, "", kAlnum},
    {"iban", match_iban, kUpper | kLower, "", kAlnum | kHigh},
    {"us-ssn", match_ssn, kDigit, "", kAlnum | kHigh},
    {"ch-ahv", match_ahv, kDigit, "", kAlnum | kHigh},
    {"phone", match_phone, kDigit, "+(", kAlnum | kHigh},
    {"ipv4", match_ipv4, kDigit, "", kAlnum | kHigh},
    {"ipv6", match_ipv6, kHex, "", kAlnum | kHigh},
    {"mac", match_mac, kHex, "", kAlnum | kHigh},
    {"passport", match_passport, kUpper | kDigit, "", kAlnum | kHigh},
    {"dob", match_birth_date, kDigit, "", kAlnum | kHigh},
    {"name", match_name, kUpper | kHigh, "", kAlnum | kHigh},
    {"address", match_address, kUpper | kDigit | kHigh, "", kAlnum | kHigh},
});

constexpr auto kNames = [] {
  std::array<std::string_view, kKinds.size()> out{};
  std::ranges::transform(kKinds, out.begin(), &Kind::name);
  return out;
}();

class PiiScanner final : public Scanner {
 public:
  explicit PiiScanner(std::uint32_t kinds) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      for (std::size_t k = 0; k < kKinds.size(); ++k) {
        const bool first =
            (kClasses[byte] & kKinds[k].first) != 0 ||
            kKinds[k].or_first.find(static_cast<char>(byte)) != std::string_view::npos;
        const bool before = (kClasses[byte] & kKinds[k].not_after) == 0;
        if ((kinds >> k & 1) == 0) continue;
        if (first) may_begin_[byte] |= static_cast<std::uint16_t>(1u << k);
        if (before) may_follow_[byte] |= static_cast<std::uint16_t>(1u << k);
      }
    }
  }

  Step next(std::string_view text, std::size_t from, bool final) const override {
    const Source source(text, final);
    std::uint16_t follow = from == 0 ? 0xffff : may_follow_[byte(text, from - 1)];
    for (std::size_t at = from; at < text.size(); ++at) {
      const std::size_t here = byte(text, at);
      unsigned candidates = may_begin_[here] & follow;
      follow = may_follow_[here];
      if (candidates == 0) continue;
      Match best{at, at, {}};
      for (std::size_t k = 0; candidates != 0; ++k, candidates >>= 1) {
        if ((candidates & 1) == 0) continue;
        const std::size_t length = kKinds[k].match(source, at);
        if (at + length > best.end) best = {at, at + length, kKinds[k].name};
      }
      if (source.starved()) return {std::nullopt, at};
      if (best.end > at) return {best, best.end};
    }
    return {std::nullopt, text.size()};
  }

 private:
  static std::size_t byte(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
  }
  std::array<std::uint16_t, 256> may_begin_{};   // kinds, by first byte
  std::array<std::uint16_t, 256> may_follow_{};  // kinds, by the byte before
};

}  // namespace

std::span<const std::string_view> pii_kinds() {
  return kNames;
}

std::optional<std::uint32_t> pii_bit(std::string_view kind) {
  const auto at = std::ranges::find(kNames, kind);
  if (at == kNames.end()) return std::nullopt;
  return 1u << (at - kNames.begin());
}

std::unique_ptr<Scanner> make_pii_scanner(std::uint32_t kinds) {
  return std::make_unique<PiiScanner>(kinds);
}

}  // namespace maester::gateway::guard
