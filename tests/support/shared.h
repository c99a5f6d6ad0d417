// Finds the shared fixtures (they are not part of the project): $MAESTER_SHARED, else ../shared
// beside the source tree, else /work/shared for a work tree elsewhere.
//
//   SHARED_OR_SKIP(folder, "fixtures/tokens");   // a std::filesystem::path; skips the test, or
//   fails it in CI
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace maester::test {

// The path below the shared folder, or an empty path when it is not there.
inline std::filesystem::path shared_path(const std::filesystem::path& relative) {
  std::filesystem::path root;
  if (const char* set = std::getenv("MAESTER_SHARED")) root = set;
  for (const char* guess : {MAESTER_SOURCE_DIR "/../shared", "/work/shared"}) {
    if (root.empty() && std::filesystem::exists(guess)) root = guess;
  }
  const auto path = root / relative;
  return !root.empty() && std::filesystem::exists(path) ? path : std::filesystem::path();
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace maester::test

#define SHARED_OR_SKIP(variable, relative)                                       \
  const std::filesystem::path variable = ::maester::test::shared_path(relative); \
  if (variable.empty() && std::getenv("CI") != nullptr) {                        \
    FAIL() << "the shared fixtures are needed in CI: " << (relative);            \
  }                                                                              \
  if (variable.empty()) GTEST_SKIP() << "no shared fixtures: " << (relative)
