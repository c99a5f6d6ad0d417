// Finding what somebody meant to write.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maester::app {

// Insertions, deletions, replacements and swaps of neighbouring bytes (Damerau-Levenshtein, in the
// restricted form: no substring is edited twice). Quadratic; words are cut at 64 bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, if it is near: at most a third of the word's length away, and at
// least 2 may differ in words of 4 bytes or more.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

// "; did you mean `models`?", or "" when nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace maester::app
