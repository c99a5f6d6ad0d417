#include "evals/gates/gate.h"

#include <algorithm>
#include <array>

namespace maester::evals {
namespace {

// How a kind's identity stands in a Candidate.
enum class Form : std::uint8_t { named, target, plain, listed, of_collection };
struct KindForm {
  std::string_view kind, member;
  Form form;
};
constexpr std::array<KindForm, 9> kForms{{
    {"prompt_label", "prompt", Form::named},              // "greet@v3"
    {"index_version", "index", Form::named},              // "handbook@v7"
    {"route_target", "model_fingerprint", Form::target},  // of "gpt-5@3f2a..."
    {"model", "model_fingerprint", Form::plain},
    {"policy", "policy_fingerprint", Form::plain},
    {"tool_schema", "tool_schema_fingerprint", Form::listed},
    // Beside an `index` of the same collection.
    {"chunking", "chunker", Form::of_collection},
    {"adapter", "embedder", Form::of_collection},
    {"parser", "parser", Form::of_collection},
}};

const KindForm* form_of(std::string_view kind) {
  const auto* const found = std::ranges::find(kForms, kind, &KindForm::kind);
  return found == kForms.end() ? nullptr : found;
}

std::string_view after_at(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

// The collection of a candidate's index, "" without.
std::string_view collection_of(const Candidate& candidate) {
  const auto index = candidate.find("index");
  if (index == candidate.end()) return {};
  return std::string_view(index->second).substr(0, index->second.rfind('@'));
}

bool lists(std::string_view all, std::string_view wanted) {
  while (!all.empty()) {
    const std::size_t end = all.find(' ');
    if (all.substr(0, end) == wanted) return true;
    all = end == std::string_view::npos ? std::string_view() : all.substr(end + 1);
  }
  return false;
}

}  // namespace

bool GateRules::needs_baseline() const {
  return no_regression || min_effect || std::ranges::any_of(thresholds, [](const auto& one) {
           return one.second.max_drop.has_value();
         });
}

Fact fact_of(std::string_view kind, std::string_view object, std::string_view to) {
  const KindForm* form = form_of(kind);
  if (form == nullptr) return {};
  switch (form->form) {
    case Form::named:
      return {form->member, std::string(object) + "@" + std::string(to)};
    case Form::target:
      return {form->member, std::string(after_at(to))};
    case Form::plain:
    case Form::listed:
    case Form::of_collection:
      break;
  }
  return {form->member, std::string(to)};
}

bool is_of(const Candidate& candidate, std::string_view kind, std::string_view object,
           std::string_view to) {
  const KindForm* form = form_of(kind);
  if (form == nullptr || to.empty()) return false;
  const Fact fact = fact_of(kind, object, to);
  const auto found = candidate.find(fact.member);
  if (found == candidate.end()) return false;
  if (form->form == Form::of_collection && collection_of(candidate) != object) return false;
  return form->form == Form::listed ? lists(found->second, fact.value)
                                    : found->second == fact.value;
}

bool has(const Candidate& candidate, const Candidate& with) {
  return std::ranges::all_of(with, [&](const auto& wanted) {
    const auto found = candidate.find(wanted.first);
    return found != candidate.end() && found->second == wanted.second;
  });
}

std::string target_of(const Candidate& candidate, const Guarded& guards, std::string& object) {
  const KindForm* form = form_of(guards.kind);
  if (form == nullptr) return "";
  const auto found = candidate.find(form->member);
  if (found == candidate.end()) return "";
  object = guards.object;
  const bool named = form->form == Form::named;
  if (!named && form->form != Form::of_collection) return found->second;
  const std::size_t at = named ? found->second.rfind('@') : 0;
  if (at == std::string::npos) return "";
  const std::string of(named ? std::string_view(found->second).substr(0, at)
                             : collection_of(candidate));
  // A question need not repeat the collection that the gate names.
  if (!named && of.empty() && guards.object != "*") return found->second;
  if (of.empty() || (guards.object != "*" && guards.object != of)) return "";
  object = of;
  return named ? found->second.substr(at + 1) : found->second;
}

}  // namespace maester::evals
