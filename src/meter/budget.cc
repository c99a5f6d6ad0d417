#include "meter/budget.h"

#include <algorithm>

namespace maester::meter {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxWarnings = 8;
constexpr int kMaxPercent = 1000;

}  // namespace

Status check(const Budget& budget) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (budget.name.empty() || budget.name.size() > kMaxNameBytes ||
      std::ranges::any_of(budget.name, control)) {
    return fail(Code::invalid_request, "`name` must have 1 to 128 bytes and no control characters.",
                "name");
  }
  const FemtoUsd most = *FemtoUsd::parse("1000000000000");
  if (budget.limit < FemtoUsd() || budget.limit > most) {
    return fail(Code::invalid_request,
                "`limit_usd` must be a decimal from \"0\" to \"1000000000000\".", "limit_usd");
  }
  const bool ascending =
      std::ranges::adjacent_find(budget.warn_at, std::greater_equal<>()) == budget.warn_at.end();
  if (budget.warn_at.size() > kMaxWarnings || !ascending ||
      std::ranges::any_of(budget.warn_at, [](int p) { return p < 1 || p > kMaxPercent; })) {
    return fail(Code::invalid_request,
                "`warn_at` must be up to 8 ascending percentages from 1 to 1000.", "warn_at");
  }
  return {};
}

}  // namespace maester::meter
