// The words of the records, by the value that they stand for. Private to the module.
#pragma once

#include <array>
#include <string_view>

namespace maester::meter {

inline constexpr std::array<std::string_view, 4> kOutcomes = {"settled", "interrupted", "failed",
                                                              "blocked"};
inline constexpr std::array<std::string_view, 3> kProvenances = {"provider", "counted",
                                                                 "estimated"};
inline constexpr std::string_view kCorrection = "correction";
inline constexpr std::array<std::string_view, 3> kRegions = {"global", "eu", "us"};
inline constexpr std::array<std::string_view, 3> kSearchContexts = {"low", "medium", "high"};

}  // namespace maester::meter
