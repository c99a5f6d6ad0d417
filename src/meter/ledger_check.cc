#include "meter/ledger_check.h"

#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "codec/json.h"
#include "meter/budget_replay.h"
#include "meter/record_decoder.h"

namespace maester::meter {
namespace {

struct Attempt {
  int intents = 0;
  int settlements = 0;
};
struct Request {
  std::string tenant;
  std::map<std::int64_t, Attempt> attempts;
  int finals = 0;
  bool dispatched = false;
};

class Checker {
 public:
  Checker(store::Journal& journal, UsageStore& usage) : journal_(journal), usage_(usage) {}

  Result<LedgerCheck> run(const LedgerEvidence& evidence) {
    TRY(journal_.verify());
    TRY(read_journal());
    check_attempts();
    TRY(check_acks(evidence.acks));
    TRY(check_provider(evidence.provider));
    TRY(check_sums());
    return std::move(out_);
  }

 private:
  void violation(std::string text) { out_.violations.push_back(std::move(text)); }

  Status read_journal() {
    for (std::uint32_t lane = 0; lane < journal_.lanes(); ++lane) {
      std::uint64_t after = 0;
      while (true) {
        TRY_ASSIGN(const std::size_t n,
                   journal_.read(lane, after, 4096, [&](const store::Record& record) {
                     after = record.sequence;
                     take(record);
                   }));
        if (n == 0) break;
      }
    }
    out_.requests = requests_.size();
    return {};
  }

  void take(const store::Record& record) {
    if (record.kind == store::RecordKind::intent) {
      const auto intent = decoder_.intent(record.payload);
      if (!intent) return violation("I2: an intent cannot be read: " + intent.error().detail);
      ++out_.intents;
      budgets_.take(*intent);
      Request& request = requests_[intent->request_id];
      request.tenant = intent->dimensions.tenant;
      ++request.attempts[intent->attempt].intents;
    } else if (record.kind == store::RecordKind::settlement) {
      const auto settlement = decoder_.settlement(record.payload);
      if (!settlement) {
        return violation("I1: a settlement cannot be read: " + settlement.error().detail);
      }
      ++out_.settlements;
      budgets_.take(*settlement);
      take(*settlement);
    } else if (record.kind == store::RecordKind::note) {
      const auto correction = decoder_.correction(record.payload);
      if (correction) corrected_ += correction->delta;
    }
  }

  void take(const Settlement& settlement) {
    Request& request = requests_[settlement.request_id];
    request.tenant = settlement.dimensions.tenant;
    request.dispatched = request.dispatched || settlement.dispatched;
    if (settlement.final) ++request.finals;
    ++request.attempts[settlement.attempt].settlements;
    if (!settlement.cost) return;
    out_.settled += *settlement.cost;
    if (!settlement.dimensions.scope.empty()) {
      scopes_[{settlement.dimensions.tenant, settlement.dimensions.scope}] += *settlement.cost;
    }
  }

  void check_attempts() {
    for (const auto& [id, request] : requests_) {
      if (request.finals > 1) violation("I3: request " + id + " ended more than once");
      if (request.finals == 0) violation("I1: request " + id + " never ended");
      for (const auto& [number, attempt] : request.attempts) {
        const std::string name = "attempt " + std::to_string(number) + " of request " + id;
        if (attempt.settlements > 1) violation("I3: " + name + " was settled more than once");
        if (attempt.intents > 1) violation("I3: " + name + " has more than one intent");
        if (attempt.intents > 0 && attempt.settlements == 0) {
          violation("I2: " + name + " was never settled");
        }
      }
    }
  }

  // The last line may be cut: its writer was stopped.
  static Status each_line(std::string_view text,
                          const std::function<void(const json::Value&)>& visit) {
    json::Document document;
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
      if (line.empty()) continue;
      const Status parsed = document.reparse(line);
      if (parsed)
        visit(document.root());
      else if (!text.empty())
        return parsed;
    }
    return {};
  }

  Status check_acks(std::string_view acks) {
    return each_line(acks, [&](const json::Value& line) {
      const std::int64_t status = line.get("status").int_or(0);
      if (!line.get("complete").bool_or(false) || status < 200 || status > 299) return;
      ++out_.acks;
      const std::string id(line.get("request_id").string_or(""));
      const auto known = requests_.find(id);
      if (known == requests_.end() || known->second.finals == 0) {
        return violation("I1: request " + id + " was acknowledged and is not settled");
      }
      if (!usage_.tenant(known->second.tenant).find(id)) {
        violation("I1: request " + id + " is settled and cannot be found");
      }
    });
  }

  Status check_provider(std::string_view provider) {
    return each_line(provider, [&](const json::Value& line) {
      const std::string id(line.get("request_id").string_or(""));
      if (id.empty()) return;  // not a call of ours (a health probe)
      ++out_.provider_calls;
      const std::int64_t number = attempt_of(line.get("attempt"));
      const auto known = requests_.find(id);
      if (known == requests_.end() || !known->second.attempts.contains(number)) {
        violation("I2: the provider saw attempt " + std::to_string(number) + " of request " + id +
                  ", the ledger did not");
      }
    });
  }

  // A number, or the header's text.
  static std::int64_t attempt_of(const json::Value& value) {
    if (value.is_number()) return value.int_or(0);
    std::int64_t out = 0;
    for (const char c : value.string_or("")) {
      if (c < '0' || c > '9' || out > 1'000'000) return -1;
      out = out * 10 + (c - '0');
    }
    return out;
  }

  // I4: nothing is open after recovery, so the counters equal what the journal settled.
  Status check_sums() {
    TRY_ASSIGN(
        const UsageAnswer usage,
        usage_.all_tenants(EveryTenant{}).usage({.group_by = {}, .from_day = "", .to_day = ""}));
    const FemtoUsd projected = usage.total.cost;
    const FemtoUsd journalled = out_.settled + corrected_;
    if (projected != journalled) {
      violation("I4: usage adds up to " + projected.to_string() + " USD, the journal to " +
                journalled.to_string());
    }
    std::int64_t dispatched = 0;
    for (const auto& [id, request] : requests_) dispatched += request.dispatched ? 1 : 0;
    if (usage.total.requests != dispatched) {
      violation("I2: usage counts " + std::to_string(usage.total.requests) +
                " requests, the journal " + std::to_string(dispatched));
    }
    TRY_ASSIGN(const auto scopes, usage_.scope_totals());
    for (const ScopeTotal& scope : scopes) {
      const FemtoUsd settled = scopes_[{scope.tenant, scope.scope}];
      if (settled != scope.settled) {
        violation("I4: budget scope " + scope.scope + " stands at " + scope.settled.to_string() +
                  " USD, the journal settled " + settled.to_string());
      }
      scopes_.erase({scope.tenant, scope.scope});
    }
    for (const auto& [key, settled] : scopes_) {
      if (!settled.is_zero()) violation("I4: budget scope " + key.second + " has no total");
    }
    return check_budgets();
  }

  // Only the newest window of a budget is kept.
  Status check_budgets() {
    TRY_ASSIGN(const auto totals, usage_.budget_totals());
    BudgetReplay::Totals journal = budgets_.totals();
    std::set<std::tuple<std::string, std::string, std::string>> known;
    for (const BudgetTotal& total : totals) {
      known.insert({total.tenant, total.charge.budget, total.charge.subject});
      const FemtoUsd settled = journal[{total.tenant, total.charge}];
      if (settled == total.settled) continue;
      violation("I4: budget " + total.charge.budget + " stands at " + total.settled.to_string() +
                " USD, the journal settled " + settled.to_string());
    }
    for (const auto& [key, settled] : journal) {
      if (known.contains({key.tenant, key.charge.budget, key.charge.subject})) continue;
      violation("I4: budget " + key.charge.budget + " has no total");
    }
    return {};
  }

  store::Journal& journal_;
  UsageStore& usage_;
  RecordDecoder decoder_;
  std::map<std::string, Request> requests_;
  std::map<std::pair<std::string, std::string>, FemtoUsd> scopes_;
  FemtoUsd corrected_;
  BudgetReplay budgets_;
  LedgerCheck out_;
};

}  // namespace

Result<LedgerCheck> check_ledger(store::Journal& journal, UsageStore& usage,
                                 const LedgerEvidence& evidence) {
  return Checker(journal, usage).run(evidence);
}

}  // namespace maester::meter
