#include "app/eval_earlier.h"

#include <fstream>
#include <set>

#include "codec/json.h"

namespace maester::app {
namespace {

constexpr std::int64_t kError = 2;  // failureReason
constexpr json::Limits kRow{.depth = 256, .keys = 200'000, .values = 1'000'000};

}  // namespace

Result<std::function<bool(std::size_t test_index)>> cases_of(const EarlierRun& earlier) {
  const int given = (earlier.failing.empty() ? 0 : 1) + (earlier.errors.empty() ? 0 : 1) +
                    (earlier.resume.empty() ? 0 : 1);
  if (given > 1)
    return fail(Code::invalid_request,
                "--filter-failing, --filter-errors-only and --resume exclude each other");
  const std::string& file = !earlier.failing.empty()  ? earlier.failing
                            : !earlier.errors.empty() ? earlier.errors
                                                      : earlier.resume;
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Code::invalid_request, file + ": cannot be read");
  std::set<std::size_t> found;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto row = json::Document::parse(line, kRow);
    const std::int64_t index = row ? row->root().get("testIdx").int_or(-1) : -1;
    // What a run was cut off in is run again.
    if (index < 0 && !earlier.resume.empty() && in.eof()) break;
    if (index < 0)
      return fail(Code::invalid_request,
                  file + ":" + std::to_string(number) + ": is no row of a report (-o FILE.jsonl)");
    const json::Value root = row->root();
    const bool wanted = !earlier.resume.empty() ||
                        (!earlier.errors.empty() ? root.get("failureReason").int_or(0) == kError
                                                 : !root.get("success").bool_or(false));
    if (wanted) found.insert(static_cast<std::size_t>(index));
  }
  const bool there = earlier.resume.empty();
  return [found = std::move(found), there](std::size_t index) {
    return found.contains(index) == there;
  };
}

}  // namespace maester::app
