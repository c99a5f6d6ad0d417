// Times as people write them in requests and price tables.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace maester::meter {

// "2026-11-21" (its first instant, UTC) or "2026-11-21T10:00:00Z", a fraction of at most nine
// digits allowed; nullopt for everything else.
std::optional<WallTime> parse_instant(std::string_view text);

}  // namespace maester::meter
