// Bugs planted on purpose, for the tests that must catch them ("test the tests"). Production code
// passes LedgerMutant::none.
#pragma once

#include <cstdint>

namespace maester::meter {

enum class LedgerMutant : std::uint8_t {
  none,
  check_without_reserving,  // compares with the limit and sets nothing aside
  part_of_the_chain,        // compares with the first budget of a chain only
  settle_twice,             // posts a settlement twice
  keep_reservation,         // posts a settlement and leaves the reservation standing
  follow_clock_back,        // resets a window again when the clock is set back
};

// Of a start (budget_replay.h).
enum class ReplayMutant : std::uint8_t {
  none,
  drop_reservations,  // forgets attempts that have no settlement
  count_duplicates,   // charges a settlement as often as it was written
};

}  // namespace maester::meter
