// Compares what is left after a crash with two witnesses that were not part of it: what clients
// were told (ack journal) and what the provider was asked (provider journal). The invariants are
// TESTS.md §0, I1-I4.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/usage_store.h"
#include "store/journal.h"

namespace maester::meter {

struct LedgerEvidence {
  std::string_view acks;      // JSON lines: {"request_id", "status", "complete", ...}
  std::string_view provider;  // JSON lines: {"request_id", "attempt", ...}
};

struct LedgerCheck {
  std::vector<std::string> violations;  // a line each, beginning with the invariant: "I2: ..."
  std::uint64_t acks = 0;               // complete answers with status 2xx: each must be settled
  std::uint64_t provider_calls = 0;
  std::uint64_t intents = 0, settlements = 0, requests = 0;  // in the journal
  FemtoUsd settled;                                          // sum over the journal
};

// REQUIRES: recover() has run and everything is projected. Fails only when something cannot be
// read.
Result<LedgerCheck> check_ledger(store::Journal& journal, UsageStore& usage,
                                 const LedgerEvidence& evidence);

}  // namespace maester::meter
