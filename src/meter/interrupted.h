// What a start does about attempts that the last process left without a settlement.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "meter/projection.h"
#include "meter/usage_store.h"
#include "store/journal.h"

namespace maester::meter {

// Appends an `interrupted` settlement for each open attempt, charged at its reservation and marked
// estimated, and returns once they are acknowledged. REQUIRES: the projection has read all that is
// written. Killed in the middle it is safe to run again: what was appended has been read by then.
Status settle_interrupted(store::Journal& journal, Projection& projection, const Clock& clock,
                          UsageStore::Recovery& out);

}  // namespace maester::meter
