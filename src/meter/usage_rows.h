// Reading rows of usage.db, shared by the files that query it. Private to the module.
#pragma once

#include <cstdint>
#include <optional>

#include "base/money.h"
#include "base/result.h"
#include "meter/usage_database.h"
#include "meter/usage_store.h"

namespace maester::meter {

// The row's cost with its corrections: known once no attempt is without a price any more.
// `unpriced` attempts had none when it ended, `priced` is what the others cost.
Status correct_cost(store::Database& db, std::int64_t unpriced, std::optional<FemtoUsd> priced,
                    RequestRow& row);

}  // namespace maester::meter
