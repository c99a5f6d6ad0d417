#include "access/key.h"

#include <algorithm>

#include "base/utf8.h"

namespace maester::access {
namespace {

Status read_names(json::Value list, std::vector<std::string>& out) {
  if (list.empty()) return {};
  if (!list.is_array()) {
    return fail(Code::invalid_request, "`" + list.path() + "` must be a list of strings.",
                list.path());
  }
  if (list.size() > kMaxTerms) {
    return fail(Code::invalid_request, "`" + list.path() + "` may hold 200 names.", list.path());
  }
  for (const json::Value one : list) {
    TRY_ASSIGN(const std::string_view name, one.as_string());
    if (name.empty() || name.size() > kMaxName) {
      return fail(Code::invalid_request,
                  "`" + one.path() + "` must be a name of 1 to 128 characters.", one.path());
    }
    out.emplace_back(name);
  }
  return {};
}

Status read_networks(json::Value list, std::vector<wire::Network>& out) {
  std::vector<std::string> texts;
  TRY(read_names(list, texts));
  for (const std::string& text : texts) {
    const auto network = wire::Network::parse(text);
    if (!network) {
      return fail(Code::invalid_request,
                  "`" + text +
                      "` is not a network: write an address and its prefix, such as 10.0.0.0/8 or "
                      "2001:db8::/32, without bits below the prefix.",
                  list.path());
    }
    out.push_back(*network);
  }
  return {};
}

void write_names(json::Writer& w, std::string_view field, const std::vector<std::string>& names) {
  w.key(field).begin_array();
  for (const std::string& name : names) w.value(name);
  w.end_array();
}

}  // namespace

Result<KeyTerms> read_terms(json::Value object) {
  KeyTerms terms;
  TRY(read_names(object.get("models"), terms.models));
  TRY(read_names(object.get("routes"), terms.routes));
  TRY(read_names(object.get("groups"), terms.groups));
  TRY(read_networks(object.get("networks"), terms.networks));
  if (const json::Value delegate = object.get("delegate"); !delegate.empty()) {
    TRY_ASSIGN(terms.delegate, delegate.as_bool());
  }
  if (const json::Value expires = object.get("expires_at"); !expires.empty()) {
    TRY_ASSIGN(const std::string_view text, expires.as_string());
    const auto at = parse_rfc3339(text);
    if (!at) {
      return fail(Code::invalid_request,
                  "`expires_at` must be a time such as 2027-01-31T12:00:00Z, or a day.",
                  "expires_at");
    }
    terms.expires_at = *at;
  }
  return terms;
}

void write_terms(json::Writer& w, const KeyTerms& terms) {
  write_names(w, "models", terms.models);
  write_names(w, "routes", terms.routes);
  write_names(w, "groups", terms.groups);
  w.field("delegate", terms.delegate).key("networks").begin_array();
  for (const wire::Network& network : terms.networks) w.value(network.to_string());
  w.end_array().key("expires_at");
  terms.expires_at == WallTime::max() ? w.null() : w.value(format_rfc3339(terms.expires_at));
}

void write_key(json::Writer& w, const Key& key, std::string_view secret) {
  static const KeyTerms kNone;
  const Principal& principal = key.principal;
  w.begin_object().field("id", key.id).optional_field("key", secret).field("name", key.name);
  w.field("tenant", principal.tenant).field("role", to_string(principal.role));
  write_terms(w, principal.terms == nullptr ? kNone : *principal.terms);
  w.field("source", key.configured ? "configuration" : "api");
  w.key("created_at");
  key.configured ? w.null() : w.value(format_rfc3339(key.created_at));
  w.optional_field("created_by", key.created_by);
  if (key.previous.pepper != 0) w.field("previous_valid_until", format_rfc3339(key.previous_until));
  w.field("revoked", key.revoked).end_object();
}

Status check_tenant_name(std::string_view name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kAny = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  if (!name.empty() && name.size() <= 63 && kFirst.find(name[0]) != std::string_view::npos &&
      name.find_first_not_of(kAny) == std::string_view::npos)
    return {};
  return fail(
      Code::invalid_request,
      "A tenant's name has 1 to 63 lower-case letters, digits, `-`, `_` and `.`, and begins "
      "with a letter or digit.",
      "name");
}

}  // namespace maester::access
