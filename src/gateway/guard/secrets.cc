#include "gateway/guard/secrets.h"

#include <algorithm>
#include <array>
#include <vector>

#include "gateway/guard/bytes.h"
#include "gateway/guard/secret_matchers.h"

namespace maester::gateway::guard {
namespace {

constexpr auto kOtherKinds = std::to_array<std::string_view>(
    {"jwt", "aws-secret", "high-entropy", "private-key", "postgres-url", "database-url",
     "basic-auth-url", "azure-storage", "password-assign", "key-assign", "authorization"});

using Matcher = Found (*)(const Source&, std::size_t);
// In the order in which they are tried; of several that match, the longest counts, then the first.
constexpr std::array<Matcher, 6> kAtWords{match_vendor_key,    match_jwt,
                                          match_azure_storage, match_url_credentials,
                                          match_assignment,    match_random};

class SecretScanner final : public Scanner {
 public:
  explicit SecretScanner(std::span<const std::string> kinds) : kinds_(kinds.begin(), kinds.end()) {}

  Step next(std::string_view text, std::size_t from, bool final) const override {
    const Source source(text, final);
    for (std::size_t at = from; at < text.size(); ++at) {
      const int here = static_cast<unsigned char>(text[at]);
      const int before = source.before(at);
      Match best{at, at, {}};
      const auto consider = [&](Matcher matcher) {
        const Found found = matcher(source, at);
        if (found.length > best.end - at && wanted(found.kind))
          best = {at, at + found.length, found.kind};
      };
      if (is(here, kToken) && here != '-' && !is(before, kToken)) {
        for (const Matcher matcher : kAtWords) consider(matcher);
      } else if (here == '-' && before != '-') {
        consider(match_private_key);
      } else {
        continue;
      }
      if (source.starved()) return {std::nullopt, at};
      if (best.end > at) return {best, best.end};
    }
    return {std::nullopt, text.size()};
  }

 private:
  bool wanted(std::string_view kind) const {
    return kinds_.empty() || std::ranges::find(kinds_, kind) != kinds_.end();
  }
  std::vector<std::string> kinds_;
};

}  // namespace

std::span<const std::string_view> secret_kinds() {
  static const std::vector<std::string_view> kAll = [] {
    std::vector<std::string_view> out(kOtherKinds.begin(), kOtherKinds.end());
    out.insert(out.end(), vendor_kinds().begin(), vendor_kinds().end());
    return out;
  }();
  return kAll;
}

bool is_secret_kind(std::string_view kind) {
  return std::ranges::find(secret_kinds(), kind) != secret_kinds().end();
}

std::unique_ptr<Scanner> make_secret_scanner(std::span<const std::string> kinds) {
  return std::make_unique<SecretScanner>(kinds);
}

}  // namespace maester::gateway::guard
