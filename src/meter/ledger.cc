#include "meter/ledger.h"

#include <functional>
#include <utility>

#include "meter/ledger_shard.h"

namespace maester::meter {
namespace {

// Neither a tenant's name nor a scope holds a NUL: both come from JSON or configuration text that
// refuses it, and if one did, two scopes of one tenant would share their totals, never two tenants
// (the length leads).
std::string scope_key(std::string_view tenant, std::string_view scope) {
  std::string out = std::to_string(tenant.size());
  out.reserve(out.size() + tenant.size() + scope.size() + 2);
  return out.append(":").append(tenant).append("/").append(scope);
}

ScopeTotals totals_of(const Account& account) {
  return {account.request_count, account.settled, account.counter - account.settled,
          account.counter, account.open};
}

}  // namespace

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

Ledger::Ledger(const Clock& clock, LedgerMutant mutant)
    : clock_(clock), mutant_(mutant), shards_(std::make_unique<Shard[]>(kShards)) {}

Ledger::~Ledger() = default;

std::size_t Ledger::shard_of(std::string_view tenant) {
  return std::hash<std::string_view>{}(tenant) % kShards;
}

Result<Reservation> Ledger::reserve(const Ask& ask) {
  if (ask.limit && ask.amount > *ask.limit) {
    return fail(Code::budget_exceeded, "The request's worst-case cost is above its budget.");
  }
  const std::string name = scope_key(ask.tenant, ask.scope);
  const std::size_t index = shard_of(ask.tenant);
  Shard& shard = shards_[index];
  std::lock_guard lock(shard.mutex);
  AccountPtr& account = shard.scopes[name];
  if (account == nullptr) account = std::make_shared<Account>();
  account->counter += ask.amount;
  const std::uint64_t id = shard.add({.accounts = {account},
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
  const OpenReservation open = std::move(found->second);
  shard.open.erase(found);
  const FemtoUsd more = actual - open.charged;
  for (const AccountPtr& account : open.accounts) {
    account->settled += more;
    account->counter += more - open.amount;
    if (mutant_ == LedgerMutant::check_without_reserving) account->counter += open.amount;
    if (mutant_ == LedgerMutant::keep_reservation) account->counter += open.amount;
    if (mutant_ == LedgerMutant::settle_twice) {
      account->settled += more;
      account->counter += more;
    }
    if (!open.expired) --account->open;
    if (count) ++account->request_count;
  }
  return totals_of(*open.accounts.front());
}

ScopeTotals Ledger::totals(std::string_view tenant, std::string_view scope) const {
  const std::string name = scope_key(tenant, scope);
  const Shard& shard = shards_[shard_of(tenant)];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.scopes.find(name);
  return found == shard.scopes.end() ? ScopeTotals() : totals_of(*found->second);
}

void Ledger::load(std::string_view tenant, std::string_view scope, FemtoUsd settled,
                  std::int64_t request_count) {
  const std::string name = scope_key(tenant, scope);
  Shard& shard = shards_[shard_of(tenant)];
  std::lock_guard lock(shard.mutex);
  AccountPtr& account = shard.scopes[name];
  account = std::make_shared<Account>();
  account->settled = settled;
  account->counter = settled;
  account->request_count = request_count;
}

std::size_t Ledger::expire() {
  const MonoTime now = clock_.mono();
  std::size_t expired = 0;
  std::vector<Accounts> retired;  // destroyed without a lock
  for (std::size_t index = 0; index < kShards; ++index) {
    Shard& shard = shards_[index];
    std::lock_guard lock(shard.mutex);
    for (Accounts& accounts : shard.retired) retired.push_back(std::move(accounts));
    shard.retired.clear();
    for (auto& [id, open] : shard.open) {
      if (open.expired || !open.expires.passed(now)) continue;
      open.expired = true;
      open.charged = std::exchange(open.amount, FemtoUsd());
      for (const AccountPtr& account : open.accounts) {
        account->settled += open.charged;
        --account->open;
      }
      ++expired;
    }
  }
  return expired;
}

bool Ledger::conserved() const {
  for (std::size_t index = 0; index < kShards; ++index) {
    const Shard& shard = shards_[index];
    std::lock_guard lock(shard.mutex);
    std::unordered_map<const Account*, FemtoUsd> reserved;
    for (const auto& [name, account] : shard.scopes) reserved[account.get()];
    for (const auto& [tenant, books] : shard.books) {
      for (const auto& book : books) {
        for (const auto& [subject, account] : book->accounts) reserved[account.get()];
      }
    }
    for (const auto& [id, open] : shard.open) {
      for (const AccountPtr& account : open.accounts) reserved[account.get()] += open.amount;
    }
    for (const auto& [account, amount] : reserved) {
      if (account->settled + amount != account->counter) return false;
    }
  }
  return true;
}

}  // namespace maester::meter
