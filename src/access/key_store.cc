#include "access/key_store.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "access/key_tables.h"

namespace maester::access {
namespace {

constexpr std::size_t kShortestKey = 16;
constexpr std::string_view kPepperPrefix = "pepper/";

std::string canonical(const Key& key) {
  std::string out;
  json::Writer w(out);
  write_key(w, key);
  // Not shown, but part of what a rotation changes.
  out.append(reinterpret_cast<const char*>(key.digest.value.data()), key.digest.value.size());
  return out;
}

KeyView::Minted entry_of(const KeyView& view, KeyPtr key) {
  KeyView::Minted entry;
  entry.pepper = view.peppers.at(key->digest.pepper).get();
  if (key->previous.pepper != 0)
    entry.previous_pepper = view.peppers.at(key->previous.pepper).get();
  entry.key = std::move(key);
  return entry;
}

std::unexpected<Error> no_such_key(std::string_view id) {
  return fail(Code::not_found, "There is no key `" + std::string(id.substr(0, 64)) + "`.");
}

std::unexpected<Error> no_such_tenant(std::string_view name) {
  return fail(Code::not_found, "There is no tenant `" + std::string(name.substr(0, 64)) + "`.",
              "tenant");
}

}  // namespace

Result<std::unique_ptr<KeyStore>> KeyStore::open(const Parts& parts, std::size_t cores) {
  std::unique_ptr<KeyStore> store(new KeyStore(parts));
  TRY(store->load(cores));
  return store;
}

Status KeyStore::load(std::size_t cores) {
  TRY(prepare_key_tables(p_.control));
  const auto first = std::make_shared<KeyView>();
  TRY_ASSIGN(auto peppers, p_.vault.system_secrets_named(kPepperPrefix));
  if (peppers.empty()) peppers.push_back(std::string(kPepperPrefix) + "1");
  for (const std::string& name : peppers) {
    TRY_ASSIGN(std::string bytes, p_.vault.system_secret(name));
    const Secret pepper(std::move(bytes));
    std::int64_t version = 0;
    std::from_chars(name.data() + kPepperPrefix.size(), name.data() + name.size(), version);
    first->peppers[version] = std::make_shared<const HmacSha256>(pepper.reveal());
  }
  TRY(load_tenants(p_.control, [&](std::string name, WallTime at, bool erased) {
    if (erased) {
      erased_.push_back(std::move(name));
    } else {
      first->tenants.emplace(name, Tenant{name, at});
    }
  }));
  Status known;
  TRY(load_keys(p_.control, [&](Key key) {
    const std::uint64_t number = key_number(key.id);
    if (!first->peppers.contains(key.digest.pepper) ||
        (key.previous.pepper != 0 && !first->peppers.contains(key.previous.pepper))) {
      known = fail(Code::corrupt, "Key " + key.id + " in control.db needs a pepper that is gone.");
      return;
    }
    first->minted[number] = entry_of(*first, std::make_shared<const Key>(std::move(key)));
  }));
  TRY(known);
  view_ = std::make_unique<runtime::Published<KeyView>>(first, cores);
  if (first->tenants.contains("default")) return {};
  TRY_ASSIGN(const Tenant made, create_tenant("default", Actor::program()));
  return {};
}

std::shared_ptr<KeyView> KeyStore::copy() const {
  return std::make_shared<KeyView>(*view_->newest());
}

Status KeyStore::add_given(KeyView& view, const GivenKey& given) const {
  if (given.key.size() < kShortestKey) {
    return fail(Code::invalid_request,
                "The key `" + given.id + "` is shorter than 16 characters: use a long random one.");
  }
  Key key;
  key.id = key.name = given.id;
  key.principal = {given.tenant, given.id, given.role, nullptr, {}};
  key.configured = true;
  bool fresh = false;
  if (!given.key.starts_with(kKeyPrefix)) {
    fresh = view.given.emplace(sha256(given.key), std::make_shared<const Key>(key)).second;
  } else {
    const auto parsed = parse_key(given.key);
    if (!parsed) {
      return fail(Code::invalid_request,
                  "The key `" + given.id + "` begins with `mst_` but is not a whole Maester key.");
    }
    key.kind = parsed->kind;
    key.digest = {key_digest(*view.peppers.rbegin()->second, *parsed),
                  view.peppers.rbegin()->first};
    fresh = view.minted
                .emplace(key_number(parsed->id),
                         entry_of(view, std::make_shared<const Key>(std::move(key))))
                .second;
  }
  if (!fresh) return fail(Code::conflict, "The key `" + given.id + "` is given twice.");
  return {};
}

Result<std::vector<std::string>> KeyStore::configure(std::span<const GivenKey> keys) {
  const auto next = copy();
  next->given.clear();
  std::erase_if(next->minted, [](const auto& entry) { return entry.second.key->configured; });
  std::vector<std::string> left_out;
  std::set<std::string, std::less<>> new_tenants;
  for (const GivenKey& key : keys) {
    if (std::find(erased_.begin(), erased_.end(), key.tenant) != erased_.end()) {
      left_out.push_back(key.id);
      continue;
    }
    TRY(add_given(*next, key));
    if (!next->tenants.contains(key.tenant)) new_tenants.insert(key.tenant);
  }
  if (!new_tenants.empty()) {
    TRY(p_.control.transaction([&]() -> Status {
      for (const std::string& name : new_tenants) TRY(add_tenant(name, Actor::program()));
      return {};
    }));
    for (const std::string& name : new_tenants)
      next->tenants.emplace(name, Tenant{name, p_.clock.wall()});
  }
  view_->replace(next);
  return left_out;
}

// ---- tenants

Status KeyStore::add_tenant(std::string_view name, const Actor& actor) {
  TRY(insert_tenant(p_.control, name, p_.clock.wall()));
  TRY(p_.vault.ensure(name));
  return p_.audit.record(actor, {kSystemChain, "tenant.create", name, "", name});
}

Result<Tenant> KeyStore::create_tenant(std::string_view name, const Actor& actor) {
  TRY(check_tenant_name(name));
  const auto next = copy();
  if (next->tenants.contains(name)) {
    return fail(Code::conflict, "There is a tenant `" + std::string(name) + "` already.", "name");
  }
  if (std::find(erased_.begin(), erased_.end(), name) != erased_.end()) {
    return fail(Code::conflict,
                "The tenant `" + std::string(name) +
                    "` was erased; a name is not used twice, because its records keep it. Take "
                    "another.",
                "name");
  }
  Tenant tenant{std::string(name), p_.clock.wall()};
  if (Status made = p_.control.transaction([&] { return add_tenant(name, actor); }); !made) {
    p_.vault.forget(name);
    return fail(std::move(made.error()));
  }
  next->tenants.emplace(tenant.name, tenant);
  view_->replace(next);
  return tenant;
}

Status KeyStore::erase_tenant(std::string_view name, const Actor& actor) {
  if (name == "default")
    return fail(Code::conflict, "The tenant `default` manages the others and stays.");
  const auto next = copy();
  const auto tenant = next->tenants.find(name);
  if (tenant == next->tenants.end()) return no_such_tenant(name);
  TRY(p_.control.transaction([&]() -> Status {
    TRY(delete_keys_of(p_.control, name));
    TRY(mark_erased(p_.control, name, p_.clock.wall()));
    for (TenantObjects* objects : objects_) TRY(objects->erase(p_.control, name));
    TRY(p_.vault.erase(name));
    return p_.audit.record(actor, {kSystemChain, "tenant.erase", name, name, ""});
  }));
  erased_.emplace_back(name);
  next->tenants.erase(tenant);
  std::erase_if(next->minted,
                [&](const auto& entry) { return entry.second.key->principal.tenant == name; });
  std::erase_if(next->given,
                [&](const auto& entry) { return entry.second->principal.tenant == name; });
  view_->replace(next);
  p_.vault.forget(name);
  for (TenantObjects* objects : objects_) objects->forget(name);
  if (ended_) ended_(name, "");
  // The write-ahead log still holds the sealed data key until it is cut.
  return p_.control.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

// ---- keys

Result<KeyStore::Minted> KeyStore::create(const TenantScope& scope, std::string_view tenant,
                                          NewKey asked, const Actor& actor) {
  const auto next = copy();
  if (!scope.covers(tenant) || !next->tenants.contains(tenant)) return no_such_tenant(tenant);
  if (asked.name.size() > kMaxName)
    return fail(Code::invalid_request, "`name` may have 128 characters.", "name");
  if (asked.terms.expires_at <= p_.clock.wall())
    return fail(Code::invalid_request, "`expires_at` is in the past.", "expires_at");
  Key key;
  key.kind = asked.role == Role::admin ? KeyKind::admin : KeyKind::tenant;
  Secret secret(mint_key(key.kind, p_.random));
  const auto parsed = parse_key(secret.reveal());
  key.id = parsed->id;
  key.name = std::move(asked.name);
  key.principal = {std::string(tenant), key.id, asked.role, nullptr, {}};
  if (asked.terms != KeyTerms{})
    key.principal.terms = std::make_shared<const KeyTerms>(std::move(asked.terms));
  key.created_at = p_.clock.wall();
  key.created_by = actor.key_id;
  const auto& [version, pepper] = *next->peppers.rbegin();
  key.digest = {key_digest(*pepper, *parsed), version};
  TRY(p_.control.transaction([&]() -> Status {
    TRY(insert_key(p_.control, key));
    return p_.audit.record(actor, {tenant, "key.create", key.id, "", canonical(key)});
  }));
  auto made = std::make_shared<const Key>(std::move(key));
  next->minted[key_number(made->id)] = entry_of(*next, made);
  view_->replace(next);
  return Minted{std::move(made), std::move(secret)};
}

Result<KeyPtr> KeyStore::must_find(const TenantScope& scope, std::string_view id) const {
  TRY_ASSIGN(KeyPtr key, find_key(*view_->newest(), scope, id));
  if (key->configured) {
    return fail(Code::conflict,
                "The key `" + key->id +
                    "` is given by the configuration; change it there (the admin key: remove "
                    "`admin.key` from the data directory and restart).");
  }
  return key;
}

Status KeyStore::replace(const Key& before, const Key& after, std::string_view action,
                         const Actor& actor) {
  TRY(p_.control.transaction([&]() -> Status {
    TRY(update_key(p_.control, after));
    return p_.audit.record(
        actor, {after.principal.tenant, action, after.id, canonical(before), canonical(after)});
  }));
  const auto next = copy();
  next->minted[key_number(after.id)] = entry_of(*next, std::make_shared<const Key>(after));
  view_->replace(next);
  return {};
}

Result<KeyStore::Minted> KeyStore::rotate(const TenantScope& scope, std::string_view id,
                                          nanoseconds overlap, const Actor& actor) {
  TRY_ASSIGN(const KeyPtr before, must_find(scope, id));
  const auto view = view_->newest();
  const auto& [version, pepper] = *view->peppers.rbegin();
  Secret secret(mint_again(before->kind, before->id, p_.random));
  Key after = *before;
  after.previous = {};
  after.previous_until = {};
  if (overlap > nanoseconds{0}) {
    after.previous = before->digest;
    after.previous_until = p_.clock.wall() + overlap;
  }
  after.digest = {key_digest(*pepper, *parse_key(secret.reveal())), version};
  TRY(replace(*before, after, "key.rotate", actor));
  return Minted{std::make_shared<const Key>(std::move(after)), std::move(secret)};
}

Status KeyStore::revoke(const TenantScope& scope, std::string_view id, const Actor& actor) {
  TRY_ASSIGN(const KeyPtr before, must_find(scope, id));
  Key after = *before;
  after.revoked = true;
  TRY(replace(*before, after, "key.revoke", actor));
  if (ended_) ended_(after.principal.tenant, after.id);
  return {};
}

std::vector<KeyPtr> list_keys(const KeyView& view, const TenantScope& scope) {
  std::vector<KeyPtr> out;
  const auto take = [&](const KeyPtr& key) {
    if (!key->revoked && scope.covers(key->principal.tenant)) out.push_back(key);
  };
  for (const auto& [number, entry] : view.minted) take(entry.key);
  for (const auto& [digest, key] : view.given) take(key);
  std::sort(out.begin(), out.end(), [](const KeyPtr& a, const KeyPtr& b) {
    return std::tie(a->principal.tenant, a->id) < std::tie(b->principal.tenant, b->id);
  });
  return out;
}

Result<KeyPtr> find_key(const KeyView& view, const TenantScope& scope, std::string_view id) {
  for (KeyPtr& key : list_keys(view, scope)) {
    if (key->id == id) return std::move(key);
  }
  return no_such_key(id);
}

}  // namespace maester::access
