// Reads the waits that providers write: "1m30.5s", "120ms", "6m0s", "34.4s", "20 seconds", and HTTP
// and RFC 3339 dates.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace maester::gateway::providers {

// A run of number-unit pairs (h, m, s, ms, and "seconds", "minutes", "milliseconds" in full) at the
// start of `text`.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// A plain decimal of `unit`: "3.5" and 1 s are 3500 ms.
std::optional<std::chrono::milliseconds> parse_decimal(std::string_view text,
                                                       std::chrono::milliseconds unit);

// Seconds since the epoch of "Sun, 06 Nov 1994 08:49:37 GMT" or "2024-01-01T00:00:00Z".
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text);

}  // namespace maester::gateway::providers
