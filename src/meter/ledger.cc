#include "meter/ledger.h"

#include <functional>
#include <utility>
#include <vector>

namespace maester::meter {

Reservation::Reservation(Reservation&& other) noexcept
    : ledger_(std::exchange(other.ledger_, nullptr)),
      shard_(other.shard_),
      id_(other.id_),
      amount_(other.amount_) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this != &other) {
    if (open()) settle(amount_);
    ledger_ = std::exchange(other.ledger_, nullptr);
    shard_ = other.shard_;
    id_ = other.id_;
    amount_ = other.amount_;
  }
  return *this;
}

Reservation::~Reservation() {
  if (open()) settle(amount_);
}

ScopeTotals Reservation::settle(FemtoUsd actual) {
  return std::exchange(ledger_, nullptr)->finish(shard_, id_, actual, true);
}

ScopeTotals Reservation::cancel() {
  return std::exchange(ledger_, nullptr)->finish(shard_, id_, FemtoUsd(), false);
}

Ledger::~Ledger() = default;

// Neither a tenant's name nor a scope holds a NUL: both come from JSON or configuration text that
// refuses it, and if one did, two scopes of one tenant would share their totals, never two tenants
// (the length leads).
std::string Ledger::key(std::string_view tenant, std::string_view scope) {
  std::string out = std::to_string(tenant.size());
  out.reserve(out.size() + tenant.size() + scope.size() + 2);
  return out.append(":").append(tenant).append("/").append(scope);
}

std::size_t Ledger::shard_of(std::string_view key) {
  return std::hash<std::string_view>{}(key) % kShards;
}

ScopeTotals Ledger::totals_of(const Scope& scope) {
  return {scope.request_count, scope.settled, scope.counter - scope.settled, scope.counter,
          scope.open};
}

Result<Reservation> Ledger::reserve(const Ask& ask) {
  if (ask.limit && ask.amount > *ask.limit) {
    return fail(Code::budget_exceeded, "The request's worst-case cost is above its budget.");
  }
  const std::string name = key(ask.tenant, ask.scope);
  const std::size_t index = shard_of(name);
  Shard& shard = shards_[index];
  std::lock_guard lock(shard.mutex);
  Scope& scope = shard.scopes[name];
  scope.counter += ask.amount;
  ++scope.open;
  const std::uint64_t id = shard.next_id++;
  shard.open.emplace(id, Open{.scope = &scope,
                              .amount = ask.amount,
                              .charged = {},
                              .expires = ask.expires,
                              .expired = false});
  return Reservation(this, index, id, ask.amount);
}

ScopeTotals Ledger::finish(std::size_t index, std::uint64_t id, FemtoUsd actual, bool count) {
  Shard& shard = shards_[index];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.open.find(id);
  const Open open = found->second;
  shard.open.erase(found);
  Scope& scope = *open.scope;
  scope.settled += actual - open.charged;
  scope.counter += actual - open.charged - open.amount;
  if (!open.expired) --scope.open;
  if (count) ++scope.request_count;
  return totals_of(scope);
}

ScopeTotals Ledger::totals(std::string_view tenant, std::string_view scope) const {
  const std::string name = key(tenant, scope);
  const Shard& shard = shards_[shard_of(name)];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.scopes.find(name);
  return found == shard.scopes.end() ? ScopeTotals() : totals_of(found->second);
}

void Ledger::load(std::string_view tenant, std::string_view scope, FemtoUsd settled,
                  std::int64_t request_count) {
  const std::string name = key(tenant, scope);
  Shard& shard = shards_[shard_of(name)];
  std::lock_guard lock(shard.mutex);
  Scope& loaded = shard.scopes[name];
  loaded.settled = settled;
  loaded.counter = settled;
  loaded.request_count = request_count;
}

std::size_t Ledger::expire() {
  const MonoTime now = clock_.mono();
  std::size_t expired = 0;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (auto& [id, open] : shard.open) {
      if (open.expired || !open.expires.passed(now)) continue;
      open.expired = true;
      open.charged = std::exchange(open.amount, FemtoUsd());
      open.scope->settled += open.charged;
      --open.scope->open;
      ++expired;
    }
  }
  return expired;
}

bool Ledger::conserved() const {
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    std::unordered_map<const Scope*, FemtoUsd> reserved;
    for (const auto& [id, open] : shard.open) reserved[open.scope] += open.amount;
    for (const auto& [name, scope] : shard.scopes) {
      if (scope.settled + reserved[&scope] != scope.counter) return false;
    }
  }
  return true;
}

}  // namespace maester::meter
