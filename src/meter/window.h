// Windows of a budget: calendar periods in UTC by wall clock. A week begins on Monday (ISO 8601).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace maester::meter {

enum class Window : std::uint8_t { hour, day, week, month, total };

std::string_view to_string(Window window);
std::optional<Window> parse_window(std::string_view name);

// When the window that `at` lies in began; of `total` the epoch, at every time.
WallTime window_start(Window window, WallTime at);
// When the window that began at `start` ends and the next one begins; nullopt for `total`.
std::optional<WallTime> window_end(Window window, WallTime start);

}  // namespace maester::meter
