#include <algorithm>
#include <iterator>

#include "meter/ledger_sim.h"
#include "meter/record_decoder.h"

namespace maester::meter {
namespace {

using namespace std::chrono;
using store::Crash;

constexpr const char* kBoots[] = {"boot 1", "boot 2"};
constexpr std::int64_t kRate = 30, kBurst = 5, kConcurrency = 6;

Budget make_budget(std::string id, Scope scope, Window window, std::int64_t limit, bool hard) {
  Budget out;
  out.id = out.name = std::move(id);
  out.owner = scope.tenant;
  out.scope = std::move(scope);
  out.window = window;
  out.limit = FemtoUsd::from_units(limit);
  out.hard = hard;
  return out;
}

}  // namespace

Spender LedgerSimulation::Who::spender() const {
  return {.tenant = tenant, .key = key, .user = user};
}

LedgerSimulation::LedgerSimulation(std::uint64_t seed, Mutants mutants, Recover recover)
    : random_(seed),
      mutants_(mutants),
      recover_(std::move(recover)),
      durability_(seed % 2 == 0 ? store::Durability::process : store::Durability::power),
      clock_(WallTime{sys_days(2026y / 1 / 30) + hours(random_.below(72))}) {
  const auto limit = [this] { return static_cast<std::int64_t>(400 + random_.below(2'000)); };
  for (const char* tenant : {"a", "b"}) {
    const std::string t = tenant;
    budgets_.push_back(make_budget(t + "-all", {.tenant = t}, Window::month, 2 * limit(), true));
    budgets_.push_back(
        make_budget(t + "-k1", {.tenant = t, .key = "k1"}, Window::hour, limit(), true));
    budgets_.push_back(
        make_budget(t + "-each", {.tenant = t, .user = "*"}, Window::day, limit(), true));
    budgets_.push_back(make_budget(t + "-soft", {.tenant = t}, Window::week, 10, false));
    Limit rate;
    rate.id = t + "-rate";
    rate.scope = {.tenant = t, .key = "*"};
    rate.requests_per_minute = kRate;
    rate.burst = kBurst;
    rate.concurrency = kConcurrency;
    limits_.push_back(rate);
  }
  start(std::make_unique<store::FaultyFileSystem>());
}

LedgerSimulation::~LedgerSimulation() {
  attempts_.clear();  // before the ledger that they belong to
}

std::uint64_t LedgerSimulation::dice(std::uint64_t below) {
  return random_.below(below);
}

void LedgerSimulation::note(std::uint64_t value) {
  trace_ = (trace_ ^ value) * 0x100000001b3ULL + step_;
}

void LedgerSimulation::violate(std::string what) {
  if (violation_.empty()) violation_ = std::move(what) + " (step " + std::to_string(step_) + ")";
}

// What a start does: the definitions, and then what was spent.
void LedgerSimulation::start(std::unique_ptr<store::FaultyFileSystem> disk) {
  disk_ = std::move(disk);
  auto journal = store::Journal::open(*disk_, {.directory = "journal",
                                               .lanes = 1,
                                               .durability = durability_,
                                               .segment_bytes = 32u << 10,
                                               .threads = false,
                                               .boot_id = kBoots[crashes_ % 2]});
  if (!journal) return violate("the journal does not open: " + journal.error().message);
  journal_ = std::move(*journal);
  limiter_ = std::make_unique<Limiter>(clock_);
  for (const Limit& limit : limits_) limiter_->put(limit);
  ledger_ = std::make_unique<Ledger>(clock_, mutants_.ledger);
  windows_.clear();
  for (const Budget& budget : budgets_) {
    ledger_->put(budget);
    expected_window(budget, true);
  }
  const auto load = [this](const std::string& tenant, const BudgetCharge& charge, FemtoUsd amount) {
    ledger_->load_spent(tenant, charge, amount);
    windows_[charge.budget] = std::max(windows_[charge.budget], charge.window);
  };
  const Status recovered = recover_ ? recover_(*journal_, load) : replay(load);
  if (!recovered) violate("the journal cannot be read: " + recovered.error().message);
}

Status LedgerSimulation::replay(const Load& load) {
  BudgetReplay replay(mutants_.replay);
  RecordDecoder decoder;
  TRY(journal_->read(0, 0, 1u << 20, [&](const store::Record& record) {
    if (record.kind == store::RecordKind::intent) replay.take(*decoder.intent(record.payload));
    if (record.kind == store::RecordKind::settlement)
      replay.take(*decoder.settlement(record.payload));
  }));
  for (const auto& [key, amount] : replay.totals()) load(key.tenant, key.charge, amount);
  return {};
}

WallTime LedgerSimulation::expected_window(const Budget& budget, bool advance) {
  const WallTime now = window_start(budget.window, clock_.wall());
  WallTime& known = windows_[budget.id];
  if (advance) known = std::max(known, now);
  return std::max(known, now);
}

void LedgerSimulation::begin() {
  static constexpr const char* kUsers[] = {"", "ann", "bob"};
  const Who who{dice(2) == 0 ? "a" : "b", dice(2) == 0 ? "k1" : "k2", kUsers[dice(3)]};
  auto admission = std::make_unique<Admission>();
  if (limiter_->admit(*admission, who.spender(), Limiter::Look::head)) return note(1);
  admit(who);
  try_attempt(std::to_string(++requests_), 1, who, std::move(admission));
}

// In any minute of the monotonic clock at most the rate and a burst; at once no more than may be.
void LedgerSimulation::admit(const Who& who) {
  auto& times = admitted_[who.tenant + who.key];
  times.push_back(clock_.mono());
  while (times.front() <= clock_.mono() - seconds(60)) times.pop_front();
  if (static_cast<std::int64_t>(times.size()) > kRate + kBurst)
    violate("a minute admitted " + std::to_string(times.size()));
  const auto running = std::ranges::count_if(attempts_, [&](const Attempt& one) {
    return one.admission && one.who.tenant == who.tenant && one.who.key == who.key;
  });
  if (running >= kConcurrency) violate("more run at once than may");
}

void LedgerSimulation::try_attempt(const std::string& request, std::int64_t number, const Who& who,
                                   std::unique_ptr<Admission> admission) {
  const FemtoUsd worst = FemtoUsd::from_units(static_cast<std::int64_t>(1 + dice(200)));
  auto held =
      ledger_->hold(ledger_->chain(who.spender()), worst, Deadline::after(clock_, seconds(120)));
  if (!held) {
    ++refusals_;
    return note(2);
  }
  Attempt attempt;
  attempt.request = request;
  attempt.number = number;
  attempt.who = who;
  attempt.worst = worst;
  attempt.billed = FemtoUsd::from_units(
      static_cast<std::int64_t>(dice(static_cast<std::uint64_t>(worst.units()) + 1)));
  attempt.charges = std::move(held->charges);
  attempt.reservation = std::move(held->reservation);
  attempt.admission = std::move(admission);
  attempt.acknowledged = std::make_shared<bool>(false);
  for (const BudgetCharge& charge : attempt.charges) {
    const auto budget = std::ranges::find(budgets_, charge.budget, &Budget::id);
    if (charge.window != expected_window(*budget, true))
      violate("budget " + charge.budget + " is in a wrong window");
  }
  Intent intent;
  intent.request_id = request;
  intent.attempt = number;
  intent.at = clock_.wall();
  intent.dimensions.tenant = who.tenant;
  intent.reserved = worst;
  intent.budgets = attempt.charges;
  const auto done = journal_->append(0, store::RecordKind::intent, encode(intent));
  if (!done) return violate("an intent cannot be written: " + done.error().message);
  journal_->when_durable(0, done->sequence,
                         [flag = attempt.acknowledged](const Status& ok) { *flag = bool(ok); });
  attempts_.push_back(std::move(attempt));
  send(attempts_.back());
}

// Nothing leaves before its intent is acknowledged. From then on the provider bills it.
void LedgerSimulation::send(Attempt& attempt) {
  if (attempt.sent || !*attempt.acknowledged) return;
  attempt.sent = true;
  ++dispatched_;
  note(3);
  for (const BudgetCharge& charge : attempt.charges) {
    FemtoUsd& sum = billed_[{attempt.who.tenant, charge}];
    sum += attempt.billed;
    const auto budget = std::ranges::find(budgets_, charge.budget, &Budget::id);
    if (budget->hard && sum > budget->limit)
      violate("budget " + charge.budget + " was billed " + sum.to_string() + " of " +
              budget->limit.to_string());
  }
}

void LedgerSimulation::finish() {
  if (attempts_.empty()) return;
  Attempt& attempt = attempts_[dice(attempts_.size())];
  if (attempt.settled || !*attempt.acknowledged) return;
  send(attempt);
  write_settlement(attempt);
}

void LedgerSimulation::write_settlement(Attempt& attempt) {
  Settlement record;
  record.request_id = attempt.request;
  record.attempt = attempt.number;
  record.at = clock_.wall();
  record.dimensions.tenant = attempt.who.tenant;
  record.cost = attempt.billed;
  attempt.again = attempt.number < 3 && dice(4) == 0;
  record.final = !attempt.again;
  record.budgets = attempt.charges;
  attempt.settled = std::make_shared<bool>(false);
  const int times = dice(8) == 0 ? 2 : 1;
  for (int i = 0; i < times; ++i) {
    const auto done = journal_->append(0, store::RecordKind::settlement, encode(record));
    if (!done) return violate("a settlement cannot be written");
    journal_->when_durable(0, done->sequence,
                           [flag = attempt.settled](const Status& ok) { *flag = bool(ok); });
  }
  note(4);
}

// What is settled for good gives its reservation back; some of it is tried again.
void LedgerSimulation::release(bool may_retry) {
  for (std::size_t i = 0; i < attempts_.size();) {
    if (!attempts_[i].settled || !*attempts_[i].settled) {
      ++i;
      continue;
    }
    Attempt done = std::move(attempts_[i]);
    attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
    done.reservation.settle(done.billed);
    if (may_retry && done.again)
      try_attempt(done.request, done.number + 1, done.who, std::move(done.admission));
  }
}

void LedgerSimulation::jump_clock() {
  static constexpr nanoseconds kJumps[] = {hours(1),     -hours(1),   days(1),  -days(1),
                                           -minutes(10), minutes(45), days(31), -seconds(1)};
  clock_.set_wall(clock_.wall() + kJumps[dice(std::size(kJumps))]);
}

// The process ends where it stands. What it had told nobody may be lost; what a provider was sent
// is not.
void LedgerSimulation::crash() {
  static constexpr Crash kCuts[] = {Crash::drop_unsynced, Crash::subset, Crash::torn,
                                    Crash::reordered};
  const bool power = durability_ == store::Durability::power && dice(2) == 0;
  const std::uint64_t variant = dice(1'000);
  auto after =
      disk_->after_crash(power ? kCuts[dice(std::size(kCuts))] : Crash::kill, variant, false);
  // What must be there again when nothing that was written is lost: billed, or still reserved.
  Billed exact;
  if (!power) {
    for (const Budget& budget : budgets_) {
      const auto now = ledger_->status(budget.scope.tenant, budget.id);
      exact[{budget.scope.tenant, {budget.id, "", now->window_start}}] =
          now->settled + now->reserved;
    }
    for (const Attempt& attempt : attempts_) {
      if (!attempt.settled) continue;
      for (const BudgetCharge& charge : attempt.charges) {
        const auto sum = exact.find({attempt.who.tenant, {charge.budget, "", charge.window}});
        if (sum != exact.end()) sum->second -= attempt.worst - attempt.billed;
      }
    }
  }
  attempts_.clear();
  ledger_.reset();
  limiter_.reset();
  journal_.reset();
  admitted_.clear();
  ++crashes_;
  note(power ? 6 : 5);
  start(std::move(after));
  if (!violation_.empty()) return;
  for (const auto& [key, amount] : exact) {
    const auto now = ledger_->status(key.tenant, key.charge.budget);
    // A window in which nothing was spent is not known any more: the wall clock's holds again.
    if (now->window_start != key.charge.window && amount.is_zero()) continue;
    if (now->window_start != key.charge.window) violate("a window changed over a restart");
    if (now->settled + now->reserved != amount)
      violate("budget " + key.charge.budget + " stood at " + amount.to_string() + ", now at " +
              (now->settled + now->reserved).to_string());
  }
}

void LedgerSimulation::check() {
  if (!ledger_->conserved()) violate("I4: a counter is not settled + reserved");
  for (const Budget& budget : budgets_) expected_window(budget, true);
  std::map<std::string, FemtoUsd> billed;
  for (const auto& [key, amount] : billed_) {
    if (key.charge.window == windows_[key.charge.budget]) billed[key.charge.budget] += amount;
  }
  for (const Budget& budget : budgets_) {
    const auto now = ledger_->status(budget.scope.tenant, budget.id);
    if (now->window_start != expected_window(budget, true))
      violate("budget " + budget.id + " is in a wrong window");
    const FemtoUsd used = now->settled + now->reserved;
    const bool single = !has_subjects(budget.scope);
    if (budget.hard && single && used > budget.limit)
      violate("budget " + budget.id + " counts " + used.to_string() + " of " +
              budget.limit.to_string());
    if (now->window_start == windows_[budget.id] && used < billed[budget.id])
      violate("budget " + budget.id + " counts less than was billed");
  }
}

// When everything is over nothing is reserved, and everything that was billed is counted.
void LedgerSimulation::end() {
  (void)journal_->background();
  for (Attempt& attempt : attempts_) {
    send(attempt);
    if (!attempt.settled) write_settlement(attempt);
  }
  (void)journal_->background();
  release(false);
  if (!attempts_.empty()) violate("a settlement was never acknowledged");
  clock_.advance(minutes(5));
  ledger_->expire();
  for (const Budget& budget : budgets_) {
    if (!ledger_->status(budget.scope.tenant, budget.id)->reserved.is_zero())
      violate("budget " + budget.id + " has a stuck reservation");
  }
  for (const Limit& limit : limits_) {
    for (const char* subject : {"2:k1", "2:k2"}) {
      if (limiter_->status(limit, subject).concurrency->remaining != kConcurrency)
        violate("a request that ended still runs");
    }
  }
  check();
}

std::string LedgerSimulation::run(int steps) {
  for (step_ = 1; step_ <= static_cast<std::uint64_t>(steps) && violation_.empty(); ++step_) {
    const std::uint64_t choice = dice(100);
    if (choice < 40) {
      begin();
    } else if (choice < 66) {
      finish();
    } else if (choice < 80) {
      clock_.advance(milliseconds(dice(dice(10) == 0 ? 90'000 : 4'000)));
    } else if (choice < 84) {
      jump_clock();
    } else if (choice < 92) {
      if (!journal_->background()) violate("the journal cannot sync");
      for (Attempt& attempt : attempts_) send(attempt);
    } else if (choice < 96) {
      ledger_->expire();
    } else if (choice < 98) {
      crash();
    }
    release(true);
    if (violation_.empty()) check();
  }
  if (violation_.empty()) end();
  return violation_;
}

}  // namespace maester::meter
