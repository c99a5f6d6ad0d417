#include "evals/datasets/dataset.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace maester::evals {
namespace {

constexpr std::array<std::string_view, 3> kStates{"approved", "pending", "quarantined"};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool made_of(std::string_view text, std::string_view signs) {
  return std::ranges::all_of(text, [&](char c) { return is_word(c) || signs.contains(c); });
}

}  // namespace

std::string_view to_string(CaseState state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<CaseState> parse_case_state(std::string_view name) {
  const auto found = std::ranges::find(kStates, name);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<CaseState>(found - kStates.begin());
}

Status check_dataset_name(std::string_view name) {
  if (name.empty() || name.size() > 128 || name.front() == '.' || !made_of(name, "-_.")) {
    return fail(Code::invalid_request,
                "A dataset's name must have 1 to 128 letters, digits, `-`, `_` or `.`, and not "
                "begin with a dot.",
                "name");
  }
  return {};
}

Status check_case_id(std::string_view id) {
  if (id.empty() || id.size() > 128 || !made_of(id, "-_.:/")) {
    return fail(Code::invalid_request,
                "A case's id must have 1 to 128 letters, digits, `-`, `_`, `.`, `:` or `/`.", "id");
  }
  return {};
}

Result<DatasetRef> parse_dataset_ref(std::string_view text) {
  DatasetRef out;
  const std::size_t at = text.find('@');
  out.name = text.substr(0, at);
  TRY(check_dataset_name(out.name));
  if (at == std::string_view::npos) return out;
  std::string_view digits = text.substr(at + 1);
  if (digits.starts_with('v')) digits.remove_prefix(1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.version);
  if (error != std::errc{} || end != digits.data() + digits.size() || out.version < 1) {
    return fail(
        Code::invalid_request,
        "A dataset's version is a number: `" + out.name + "@3`, not `" + std::string(text) + "`.",
        "dataset");
  }
  return out;
}

}  // namespace maester::evals
