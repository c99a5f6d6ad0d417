// The files that a suite names. Blocking; for the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evals/value.h"

namespace maester::evals {

inline constexpr std::size_t kMaxFile = 64 << 20;

// "file://x.txt" -> "x.txt"; "" when it names no file.
std::string_view file_reference(std::string_view text);
// Relative names are the folder's.
std::string path_in(std::string_view folder, std::string_view name);
std::string folder_of(std::string_view path);
// ".json", lower case.
std::string ending_of(std::string_view path);

// The whole file, kMaxFile at most.
Result<std::string> read_file(const std::string& path);
// .json, .yaml and .yml as their value, every other file as a text without white space around it.
Result<Value> read_value_file(const std::string& path);
// The files that a pattern with `*` and `?` in its last part matches, sorted; without either sign
// the path itself. Fails when there is none.
Result<std::vector<std::string>> files_matching(const std::string& pattern);

}  // namespace maester::evals
