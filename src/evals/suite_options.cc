#include "evals/suite_options.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "evals/yaml.h"

namespace maester::evals {
namespace {

constexpr auto kDone =
    std::to_array<std::string_view>({"maxConcurrency", "repeat", "delay", "cache", "timeoutMs"});
constexpr auto kLooks =
    std::to_array<std::string_view>({"showProgressBar", "progressBar", "verbose", "table",
                                     "tableCellMaxLength", "share", "write", "eventSource"});
constexpr double kHour = 3'600'000;

bool among(const auto& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

Status read_count(const Value& given, std::string_view name, std::size_t most,
                  const std::string& file, std::size_t& out) {
  if (given.empty()) return {};
  const double number = given.is_number() ? given.number() : 0;
  if (!(number >= 1) || number != std::floor(number) || number > static_cast<double>(most))
    return fault(
        file, given.place,
        "`" + std::string(name) + "` must be a whole number from 1 to " + std::to_string(most));
  out = static_cast<std::size_t>(number);
  return {};
}

Status read_section(const Value& options, std::string_view where, Suite& suite) {
  const std::string& file = suite.file;
  if (!options.empty() && !options.is_object())
    return fault(file, options.place, "`" + std::string(where) + "` must be a mapping");
  for (const Member& one : options.members()) {
    if (!among(kDone, one.key) && !among(kLooks, one.key) && !one.value.empty())
      return fault(file, one.value.place,
                   "`" + std::string(where) + "." + one.key + "` is not supported");
  }
  TRY(read_count(options.get("maxConcurrency"), "maxConcurrency", 256, file,
                 suite.max_concurrency));
  TRY(read_count(options.get("repeat"), "repeat", 10'000, file, suite.repeat));
  TRY_ASSIGN(const milliseconds delay, read_milliseconds(options.get("delay"), "delay", file));
  TRY_ASSIGN(const milliseconds timeout,
             read_milliseconds(options.get("timeoutMs"), "timeoutMs", file));
  for (SuiteProvider& one : suite.providers) {
    if (one.delay.count() == 0) one.delay = delay;
    if (timeout.count() > 0) one.timeout = timeout;
  }
  if (delay.count() > 0) suite.serial = true;
  const Value& cache = options.get("cache");
  if (!cache.empty() && !cache.is_bool())
    return fault(file, cache.place, "`cache` must be true or false");
  if (cache.is_bool()) suite.cache = suite.cache && cache.boolean();
  return {};
}

}  // namespace

Result<milliseconds> read_milliseconds(const Value& given, std::string_view name,
                                       const std::string& file) {
  if (given.empty()) return milliseconds(0);
  const double number = given.is_number() ? given.number() : -1;
  if (!(number >= 0) || number > kHour)
    return fault(file, given.place,
                 "`" + std::string(name) + "` must be milliseconds, an hour at most");
  return milliseconds(static_cast<std::int64_t>(number));
}

Status read_run_options(const Value& root, Suite& suite) {
  for (const std::string_view key : {"commandLineOptions", "evaluateOptions"})
    TRY(read_section(root.get(key), key, suite));
  return {};
}

}  // namespace maester::evals
