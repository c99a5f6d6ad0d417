#include <algorithm>
#include <array>

#include "jobs/queue.h"

namespace maester::jobs {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"queued", "running", "retry_wait", "succeeded",
                                                    "failed", "dead",    "cancelled"};
constexpr double kNotYet = 0.99;

double share(const Step& step) {
  if (step.state == State::succeeded) return 1;
  if (step.total <= 0) return 0;
  return std::clamp(static_cast<double>(step.done) / static_cast<double>(step.total), 0.0, 1.0);
}

}  // namespace

std::string_view to_string(State state) {
  return kNames[static_cast<std::size_t>(state)];
}

std::optional<State> parse_state(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<State>(found - kNames.begin());
}

double Job::progress() const {
  if (state == State::succeeded) return 1;
  if (steps.empty()) return 0;
  double sum = 0;
  for (const Step& step : steps) sum += share(step);
  return std::min(sum / static_cast<double>(steps.size()), kNotYet);
}

}  // namespace maester::jobs
