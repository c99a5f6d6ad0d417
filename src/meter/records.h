// What the journal's records say (store/journal.h holds them as opaque payloads): compact JSON
// objects, readable by a person and by later versions - unknown members are ignored, missing ones
// take their default. Money is written as a decimal integer of femto-dollars in a string.
//
// A settlement repeats the dimensions of its intent, so that it stands alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "meter/budget.h"
#include "meter/cost.h"
#include "meter/usage.h"

namespace maester::meter {

// What usage is grouped by. "" = not applicable.
struct Dimensions {
  std::string tenant;
  std::string key_id;
  std::string user;
  std::string route;
  std::string model;  // as requested
  std::string provider;
  std::string upstream_model;
  std::string prompt_name;
  std::string prompt_version;
  std::string scope;  // of a request budget; "" = the request has none
  bool operator==(const Dimensions&) const = default;
};

// Written, and acknowledged by the journal, before the first byte goes to a provider.
struct Intent {
  std::string request_id;
  std::int64_t attempt = 1;  // 1, 2, ... within the request
  WallTime at{};
  Dimensions dimensions;
  std::optional<FemtoUsd> reserved;  // worst case; absent = no price is known
  std::string price_version;
  std::int64_t deadline_ms = 0;         // after `at`
  std::vector<BudgetCharge> budgets{};  // in which `reserved` was set aside
  bool operator==(const Intent&) const = default;
};

enum class Outcome : std::uint8_t {
  settled,      // the answer is complete
  interrupted,  // the client or this process went away in the middle; `usage.provenance` says what
                // the amount is worth
  failed,       // the provider or the way to it failed
  blocked,      // refused before dispatch: by a budget, a guardrail, a switch
};
std::string_view to_string(Outcome outcome);

// Written before the last byte goes to the client. One for each (request, attempt); the last one of
// a request is `final` and carries the receipt. A request that is refused before any attempt has
// one settlement with attempt 0 and no intent.
struct Settlement {
  std::string request_id;
  std::int64_t attempt = 1;
  WallTime at{};
  Outcome outcome = Outcome::settled;
  bool dispatched = true;   // this attempt was sent to a provider
  bool final = true;        // the last record of the request
  bool downgraded = false;  // a budget put a cheaper model in place of the requested one
  Dimensions dimensions;
  Usage usage;
  std::optional<FemtoUsd> cost;            // absent = no price is known
  std::optional<FemtoUsd> estimated_cost;  // of a request budget
  std::vector<BudgetCharge> budgets{};     // those of its intent: what it cost is charged to them
  std::optional<FemtoUsd> charged{};       // to the budgets, when that is not `cost`
  std::string price_version;
  std::int64_t status =
      0;  // HTTP, as the client saw it; on an attempt that is not final the provider's
  std::string error_class;
  std::int64_t duration_ms = 0;
  std::string trace_id;
  CostOptions cost_options;  // under which `cost` was computed: what a re-costing needs
  FemtoUsd components;       // of `cost`: what is not the model's price (cost components)
  std::string receipt;  // a JSON object; only when final. The record's last member, always: readers
                        // take it unparsed
  FemtoUsd charge() const { return charged.value_or(cost.value_or(FemtoUsd())); }
  bool operator==(const Settlement&) const = default;
};

// Bodies, sealed. Written before the final settlement of the request where possible.
struct Capture {
  std::string request_id;
  std::string tenant;
  std::string sealed;  // bytes; base64 in the record
  bool operator==(const Capture&) const = default;
};

struct Feedback {
  std::string id;
  std::string request_id;
  std::string tenant;
  WallTime at{};
  std::string name;
  std::string value;  // a JSON number, string or boolean
  std::string comment;
  std::string source{};  // "" = a caller; "rule:NAME" = a live rule of evals/
  bool operator==(const Feedback&) const = default;
};

// A changed cost of an attempt that is settled (docs/formats/journal.md): a note, so that an
// earlier program passes over it. Corrections of one attempt add up.
struct Correction {
  std::string request_id;
  std::int64_t attempt = 1;
  WallTime at{};  // of the settlement: the day it counts to
  WallTime made_at{};
  Dimensions dimensions;  // the settlement's
  FemtoUsd delta;
  bool newly_priced = false;  // the settlement had no cost
  std::string price_version;  // that it was costed by
  bool operator==(const Correction&) const = default;
};

std::string encode(const Correction& correction);
std::string encode(const Intent& intent);
std::string encode(const Settlement& settlement);
std::string encode(const Capture& capture);
std::string encode(const Feedback& feedback);

// Each fails with Code::corrupt when the payload is no such record.
Result<Intent> decode_intent(std::string_view payload);
Result<Settlement> decode_settlement(std::string_view payload);
Result<Capture> decode_capture(std::string_view payload);
Result<Feedback> decode_feedback(std::string_view payload);
Result<Correction> decode_correction(std::string_view payload);

}  // namespace maester::meter
