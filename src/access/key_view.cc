#include "access/key_view.h"

#include <algorithm>
#include <array>

namespace maester::access {
namespace {

bool equal(const Sha256& a, const Sha256& b) {
  return equal_constant_time({reinterpret_cast<const char*>(a.data()), a.size()},
                             {reinterpret_cast<const char*>(b.data()), b.size()});
}

std::expected<const Key*, Refusal> usable(const Key& key, const Clock& clock) {
  if (key.revoked) return std::unexpected(Refusal::revoked);
  const KeyTerms* terms = key.principal.terms.get();
  if (terms != nullptr && terms->expires_at != WallTime::max() &&
      clock.wall() >= terms->expires_at) {
    return std::unexpected(Refusal::expired);
  }
  return &key;
}

bool from_allowed_network(const KeyTerms& terms, std::string_view peer) {
  if (terms.networks.empty()) return true;
  const auto address = wire::IpAddress::parse(peer);
  return address && std::any_of(terms.networks.begin(), terms.networks.end(),
                                [&](const wire::Network& one) { return one.contains(*address); });
}

}  // namespace

std::string_view to_string(Refusal refusal) {
  static constexpr std::array<std::string_view, kRefusals> kNames{
      "missing", "malformed", "unknown", "wrong", "revoked", "expired", "network"};
  return kNames[static_cast<std::size_t>(refusal)];
}

std::expected<const Key*, Refusal> KeyView::find_minted(const ParsedKey& parsed,
                                                        const Clock& clock) const {
  static constexpr Sha256 kNone{};
  const auto found = minted.find(key_number(parsed.id));
  const bool known = found != minted.end();
  // An id that is not there costs the same digest and comparison.
  const HmacSha256& pepper = known ? *found->second.pepper : *peppers.rbegin()->second;
  const bool right =
      equal(key_digest(pepper, parsed), known ? found->second.key->digest.value : kNone);
  if (!known) return std::unexpected(Refusal::unknown);
  const Key& key = *found->second.key;
  const HmacSha256* before = found->second.previous_pepper;
  const bool still_right = before != nullptr &&
                           equal(key_digest(*before, parsed), key.previous.value) &&
                           clock.wall() < key.previous_until;
  if (!right && !still_right) return std::unexpected(Refusal::wrong);
  return &key;
}

std::expected<const Key*, Refusal> KeyView::find(std::string_view credential, std::string_view peer,
                                                 const Clock& clock) const {
  if (credential.empty()) return std::unexpected(Refusal::missing);
  std::expected<const Key*, Refusal> found = std::unexpected(Refusal::malformed);
  if (const auto parsed = parse_key(credential)) {
    found = find_minted(*parsed, clock);
  } else if (!credential.starts_with(kKeyPrefix)) {
    // The look-up goes by the digest of the whole key: its time says nothing about a stored one.
    const auto given_key = given.find(sha256(credential));
    found = given_key == given.end() ? std::unexpected(Refusal::unknown)
                                     : std::expected<const Key*, Refusal>(given_key->second.get());
  }
  if (!found) return found;
  found = usable(**found, clock);
  if (!found) return found;
  const KeyTerms* terms = (*found)->principal.terms.get();
  if (terms != nullptr && !from_allowed_network(*terms, peer))
    return std::unexpected(Refusal::network);
  return found;
}

std::expected<const Key*, Refusal> KeyView::find_id(std::string_view tenant,
                                                    std::string_view key_id,
                                                    const Clock& clock) const {
  const auto its = [&](const KeyPtr& key) {
    return key->principal.tenant == tenant && key->principal.key_id == key_id;
  };
  for (const auto& [number, one] : minted) {
    if (its(one.key)) return usable(*one.key, clock);
  }
  for (const auto& [digest, key] : given) {
    if (its(key)) return usable(*key, clock);
  }
  return std::unexpected(Refusal::unknown);
}

}  // namespace maester::access
