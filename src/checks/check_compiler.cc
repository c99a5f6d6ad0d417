#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "checks/check.h"
#include "checks/grader.h"

namespace maester::checks {
namespace {

constexpr double kMaxWeight = 1e6;
constexpr std::size_t kMaxValueBytes = 64 * 1024;
constexpr std::array<std::string_view, 7> kMembers = {"type", "value",  "threshold", "weight",
                                                      "name", "metric", "on_fail"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kAliases = {
    {{"latency", "latency_ms"}, {"cost", "cost_usd"}}};

Status read_type(const json::Value& check, Check& out) {
  TRY_ASSIGN(const std::string_view written, check.get("type").as_string());
  out.name = written;
  out.type = written;
  std::ranges::replace(out.type, '-', '_');
  if (out.type.starts_with("not_")) {
    out.inverse = true;
    out.type.erase(0, 4);
  }
  for (const auto& [alias, type] : kAliases) {
    if (out.type == alias) out.type = type;
  }
  return {};
}

Status read_members(const json::Value& check, Check& out) {
  if (check.duplicate_key()) return malformed(check, "must not have a member twice");
  for (const json::Value member : check) {
    if (std::ranges::find(kMembers, member.key()) == kMembers.end()) {
      return malformed(member, "is not a member of a check");
    }
  }
  if (const json::Value weight = check.get("weight"); !weight.empty()) {
    TRY_ASSIGN(out.weight, weight.as_double());
    if (out.weight < 0 || out.weight > kMaxWeight) {
      return malformed(weight, "must be between 0 and 1000000");
    }
  }
  if (const json::Value threshold = check.get("threshold"); threshold.is_number()) {
    TRY_ASSIGN(out.threshold, threshold.as_double());
  } else if (!threshold.empty() && !threshold.is_string()) {
    return malformed(threshold, "must be a number");
  }
  const json::Value name = check.get("name").empty() ? check.get("metric") : check.get("name");
  if (!name.empty()) {
    TRY_ASSIGN(const std::string_view text, name.as_string());
    out.name = text;
  }
  const json::Value on_fail = check.get("on_fail");
  if (on_fail.empty()) return {};
  TRY_ASSIGN(const std::string_view action, on_fail.as_string());
  for (const OnFail one : {OnFail::record, OnFail::retry, OnFail::refuse, OnFail::escalate}) {
    if (action != to_string(one)) continue;
    out.on_fail = one;
    return {};
  }
  return malformed(on_fail, "must be `record`, `retry`, `refuse` or `escalate`");
}

}  // namespace

std::unexpected<Error> malformed(const json::Value& place, std::string_view what) {
  const std::string path = place.path();
  return fail(
      Code::invalid_request,
      (path.empty() ? std::string("The check") : "`" + path + "`") + " " + std::string(what) + ".",
      path);
}

Result<CompiledCheck> compile_one(const json::Value& check) {
  if (!check.is_object()) return malformed(check, "must be an object with a `type`");
  Check out;
  TRY(read_type(check, out));
  TRY(read_members(check, out));
  const Spec spec{check, check.get("value"), check.get("threshold")};
  if (spec.value.raw().size() > kMaxValueBytes) {
    return malformed(spec.value, "must not be longer than 64 KiB");
  }
  for (const auto find :
       {text_factory, json_factory, measure_factory, form_factory, overlap_factory}) {
    const Factory factory = find(out.type);
    if (factory == nullptr) continue;
    TRY_ASSIGN(GraderPtr grader, factory(spec));
    return CompiledCheck(std::move(out), std::move(grader));
  }
  return malformed(check.get("type"), "names no type of check");
}

Result<std::vector<CompiledCheck>> compile(const json::Value& checks) {
  std::vector<CompiledCheck> out;
  if (checks.empty()) return out;
  if (!checks.is_array()) return malformed(checks, "must be an array of checks");
  if (checks.size() > kMaxChecks) return malformed(checks, "must not have more than 50 checks");
  for (const json::Value check : checks) {
    TRY_ASSIGN(CompiledCheck compiled, compile_one(check));
    out.push_back(std::move(compiled));
  }
  return out;
}

CompiledCheck non_empty() {
  return {{.type = "non_empty", .threshold = {}, .name = "non_empty"}, make_non_empty()};
}

CompiledCheck required_terms(std::vector<std::string> terms) {
  return {{.type = "required_terms", .threshold = {}, .name = "required_terms"},
          make_required_terms(std::move(terms))};
}

CompiledCheck max_length(std::size_t code_points) {
  return {{.type = "max_length", .threshold = {}, .name = "max_length"},
          make_max_length(code_points)};
}

}  // namespace maester::checks
