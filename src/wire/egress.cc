#include "wire/egress.h"

namespace maester::wire {
namespace {

std::string key(std::string_view host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  std::string text;
  if (v6) text += '[';
  for (const char c : host) text += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (v6) text += ']';
  return text + ':' + std::to_string(port);
}

}  // namespace

EgressRules::EgressRules(const std::vector<std::string>& allow) {
  for (const std::string& entry : allow) {
    std::string lower;
    for (const char c : entry) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    allow_.insert(std::move(lower));
  }
}

bool EgressRules::allows(std::string_view host, std::uint16_t port) const {
  return allow_.contains(key(host, port));
}

Status EgressRules::check(std::string_view host, std::uint16_t port,
                          const std::vector<IpAddress>& addresses) const {
  if (!allow_.empty() && allows(host, port)) return {};
  for (const IpAddress& address : addresses) {
    if (!address.is_denied() || allows(address.to_string(), port)) continue;
    return fail(Code::no_target,
                "The target's address is private or reserved; the operator can open it with "
                "egress.allow.",
                "egress", std::string(host) + " is " + address.to_string());
  }
  return {};
}

}  // namespace maester::wire
