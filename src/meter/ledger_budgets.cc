// Budgets over time: their windows, and reserving against a whole chain of them.
#include <algorithm>
#include <utility>

#include "meter/ledger_shard.h"

namespace maester::meter {
namespace {

// Counters of one budget. Past that a new subject is refused by a hard budget and not counted by a
// soft one: a caller who makes names up must not fill the memory.
constexpr std::size_t kMaxSubjects = 200'000;

// The highest threshold that the counter has reached; 0 = none.
int reached(const Budget& budget, FemtoUsd counter) {
  int out = 0;
  for (const int percent : budget.warn_at) {
    if (counter.units() * 100 >= budget.limit.units() * percent) out = percent;
  }
  return out;
}

BudgetStatus status_of(const BudgetBook& book, const Account* account) {
  BudgetStatus out{.budget = book.budget,
                   .window_start = book.window,
                   .resets_at = window_end(book.budget.window, book.window),
                   .settled = {},
                   .reserved = {},
                   .subjects = has_subjects(book.budget.scope) ? book.accounts.size() : 0};
  const auto add = [&out](const Account& one) {
    out.settled += one.settled;
    out.reserved += one.counter - one.settled;
  };
  if (account != nullptr) {
    add(*account);
  } else {
    for (const auto& [subject, one] : book.accounts) add(*one);
  }
  return out;
}

}  // namespace

BudgetBook* Ledger::Shard::find(std::string_view tenant, std::string_view id) const {
  const auto here = books.find(tenant);
  if (here == books.end()) return nullptr;
  const auto found =
      std::ranges::find(here->second, id, [](const auto& book) { return book->budget.id; });
  return found == here->second.end() ? nullptr : found->get();
}

namespace {

// Begins the window that `now` lies in, unless a later one has begun.
void roll(BudgetBook& book, WallTime now, std::vector<Accounts>& retired, bool also_back) {
  const WallTime window = window_start(book.budget.window, now);
  if (window == book.window || (window < book.window && !also_back)) return;
  book.window = window;
  if (!book.accounts.empty()) retired.push_back(std::exchange(book.accounts, {}));
}

// Null when there are too many.
Account* account_of(BudgetBook& book, const std::string& subject) {
  const auto found = book.accounts.find(subject);
  if (found != book.accounts.end()) return found->second.get();
  if (book.accounts.size() >= kMaxSubjects) return nullptr;
  return book.accounts.emplace(subject, std::make_shared<Account>()).first->second.get();
}

}  // namespace

Ledger::Chain Ledger::chain(const Spender& spender) const {
  Chain out;
  if (!has_budgets()) return out;
  out.shard_ = shard_of(spender.tenant);
  const Shard& shard = shards_[out.shard_];
  std::lock_guard lock(shard.mutex);
  const auto books = shard.books.find(spender.tenant);
  if (books == shard.books.end()) return out;
  for (const auto& book : books->second) {
    if (!covers(book->budget.scope, spender)) continue;
    out.links_.push_back({book, subject_of(book->budget.scope, spender)});
    out.hard_ = out.hard_ || book->budget.hard;
  }
  return out;
}

std::expected<Ledger::Held, BudgetRefusal> Ledger::hold(const Chain& chain,
                                                        std::optional<FemtoUsd> worst_case,
                                                        Deadline expires) {
  const WallTime now = clock_.wall();
  const FemtoUsd amount = worst_case.value_or(FemtoUsd());
  Held held;
  OpenReservation open{
      .accounts = {}, .amount = amount, .charged = {}, .expires = expires, .expired = false};
  open.accounts.reserve(chain.links_.size());
  held.charges.reserve(chain.links_.size());
  Shard& shard = shards_[chain.shard_];
  std::lock_guard lock(shard.mutex);
  for (const Chain::Link& link : chain.links_) {
    BudgetBook& book = *link.book;
    if (book.removed) continue;
    roll(book, now, shard.retired, mutant_ == LedgerMutant::follow_clock_back);
    Account* account = account_of(book, link.subject);
    const bool looked_at = mutant_ != LedgerMutant::part_of_the_chain || open.accounts.empty();
    const bool fits =
        worst_case && account != nullptr && account->counter + amount <= book.budget.limit;
    if (book.budget.hard && looked_at && !fits) {
      return std::unexpected(BudgetRefusal{status_of(book, account), worst_case});
    }
    if (account == nullptr) continue;
    open.accounts.push_back(book.accounts.find(link.subject)->second);
    held.charges.push_back({book.budget.id, link.subject, book.window});
  }
  if (open.accounts.empty()) return held;
  std::size_t at = 0;
  for (const Chain::Link& link : chain.links_) {
    if (at == held.charges.size() || held.charges[at].budget != link.book->budget.id) continue;
    Account& account = *open.accounts[at++];
    const Budget& budget = link.book->budget;
    const int percent = budget.warn_at.empty() ? 0 : reached(budget, account.counter + amount);
    if (percent > 0) {
      held.warnings.push_back(
          {budget.id, budget.name, percent, budget.hard, percent > account.warned});
      account.warned = std::max(account.warned, percent);
    }
    if (mutant_ != LedgerMutant::check_without_reserving) account.counter += amount;
  }
  held.reservation = Reservation(this, chain.shard_, shard.add(std::move(open)), amount);
  return held;
}

void Ledger::put(const Budget& budget) {
  Shard& shard = shards_[shard_of(budget.scope.tenant)];
  std::lock_guard lock(shard.mutex);
  if (BudgetBook* book = shard.find(budget.scope.tenant, budget.id)) {
    book->budget = budget;
    for (auto& [subject, account] : book->accounts) account->warned = 0;
    return;
  }
  auto book = std::make_shared<BudgetBook>();
  book->budget = budget;
  book->window = window_start(budget.window, clock_.wall());
  shard.books[budget.scope.tenant].push_back(std::move(book));
  budgets_.fetch_add(1, std::memory_order_relaxed);
}

void Ledger::remove(std::string_view tenant, std::string_view id) {
  Shard& shard = shards_[shard_of(tenant)];
  std::lock_guard lock(shard.mutex);
  const auto books = shard.books.find(tenant);
  if (books == shard.books.end()) return;
  const auto gone =
      std::ranges::find_if(books->second, [&](const auto& book) { return book->budget.id == id; });
  if (gone == books->second.end()) return;
  (*gone)->removed = true;
  books->second.erase(gone);
  if (books->second.empty()) shard.books.erase(books);
  budgets_.fetch_sub(1, std::memory_order_relaxed);
}

void Ledger::load_spent(std::string_view tenant, const BudgetCharge& charge, FemtoUsd settled) {
  Shard& shard = shards_[shard_of(tenant)];
  std::lock_guard lock(shard.mutex);
  BudgetBook* book = shard.find(tenant, charge.budget);
  if (book == nullptr || charge.window < book->window) return;
  if (charge.window > book->window) {  // the clock was ahead when it was spent
    book->window = charge.window;
    book->accounts.clear();
  }
  if (Account* account = account_of(*book, charge.subject)) {
    account->settled += settled;
    account->counter += settled;
  }
}

std::optional<BudgetStatus> Ledger::status(std::string_view tenant, std::string_view id) const {
  Shard& shard = shards_[shard_of(tenant)];
  std::lock_guard lock(shard.mutex);
  BudgetBook* book = shard.find(tenant, id);
  if (book == nullptr) return std::nullopt;
  roll(*book, clock_.wall(), shard.retired, false);
  return status_of(*book, nullptr);
}

std::vector<BudgetStatus> Ledger::covering(std::string_view tenant, std::string_view key) const {
  std::vector<BudgetStatus> out;
  Shard& shard = shards_[shard_of(tenant)];
  std::lock_guard lock(shard.mutex);
  const auto books = shard.books.find(tenant);
  if (books == shard.books.end()) return out;
  for (const auto& book : books->second) {
    const Scope& scope = book->budget.scope;
    const bool each_key = scope.key == "*";
    if (!scope.user.empty() || !(scope.key.empty() || each_key || scope.key == key)) continue;
    roll(*book, clock_.wall(), shard.retired, false);
    Spender self{};
    self.key = key;
    const auto own = each_key ? book->accounts.find(subject_of(scope, self)) : book->accounts.end();
    static const Account kNothing;
    out.push_back(status_of(*book, !each_key                     ? nullptr
                                   : own == book->accounts.end() ? &kNothing
                                                                 : own->second.get()));
  }
  return out;
}

}  // namespace maester::meter
