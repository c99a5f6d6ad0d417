#include "prompts/entry.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "prompts/natural_order.h"

namespace maester::prompts {
namespace {

bool before(const VersionPtr& version, std::string_view name) {
  return natural_compare(version->version, name) < 0;
}

}  // namespace

std::string name_list(const std::vector<std::string_view>& names) {
  constexpr std::size_t kShown = 10;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    out += (i == 0 ? "`" : ", `") + std::string(names[i]) + "`";
  }
  if (names.size() > kShown) out += " and " + std::to_string(names.size() - kShown) + " more";
  return out;
}

void Registry::Entry::insert(VersionPtr version) {
  const auto place = std::lower_bound(versions.begin(), versions.end(), version->version, before);
  versions.insert(place, std::move(version));
}

const VersionPtr* Registry::Entry::find(std::string_view version) const {
  const auto found = std::lower_bound(versions.begin(), versions.end(), version, before);
  return found != versions.end() && (*found)->version == version ? &*found : nullptr;
}

const VersionPtr* Registry::Entry::find_content(const PromptVersion& content) const {
  // The newest wins where the same content was pushed under several names.
  const auto found = std::find_if(versions.rbegin(), versions.rend(), [&](const VersionPtr& one) {
    return same_content(*one, content);
  });
  return found != versions.rend() ? &*found : nullptr;
}

Result<VersionPtr> Registry::Entry::must_find(std::string_view version) const {
  if (const VersionPtr* found = find(version)) return *found;
  std::vector<std::string_view> names;
  for (auto one = versions.rbegin(); one != versions.rend(); ++one) {
    names.push_back((*one)->version);
  }
  return fail(Code::not_found,
              "Prompt `" + versions.front()->name + "` has no version `" + std::string(version) +
                  "`; it has " + name_list(names) + ".",
              "version");
}

Error Registry::Entry::unknown_label(std::string_view label) const {
  std::vector<std::string_view> names;
  for (const auto& [name, state] : labels) names.push_back(name);
  return make_error(Code::not_found,
                    "Prompt `" + versions.front()->name + "` has no label `" + std::string(label) +
                        "`; it has " + (names.empty() ? "no labels" : name_list(names)) + ".",
                    "label");
}

Result<Chosen> Registry::Entry::choose(std::string_view tenant, const Selector& selector,
                                       std::string_view sticky_key) const {
  if (!selector.version.empty()) {
    if (!selector.label.empty()) {
      return fail(Code::invalid_request, "Give a version or a label of the prompt, not both.",
                  "version");
    }
    TRY_ASSIGN(VersionPtr version, must_find(selector.version));
    return Chosen{std::move(version), "", false};
  }
  const bool by_default = selector.label.empty();
  const std::string_view wanted = by_default ? std::string_view("production") : selector.label;
  const auto label = wanted == "latest" ? labels.end() : labels.find(wanted);
  if (label == labels.end()) {
    if (by_default || wanted == "latest") return Chosen{versions.back(), "latest", false};
    return fail(unknown_label(selector.label));
  }
  const Target& target = label->second.history.current();
  const std::string& name =
      !target.is_split() || sticky_key.empty()
          ? target.version()
          : target.pick(sticky_point(tenant, versions.front()->name, wanted, sticky_key));
  TRY_ASSIGN(VersionPtr version, must_find(name));
  return Chosen{std::move(version), label->first, target.is_split()};
}

std::int64_t Registry::Entry::next_number() const {
  std::int64_t greatest = 0;
  for (const VersionPtr& one : versions) {
    greatest = std::max(greatest, version_number(one->version).value_or(0));
  }
  return greatest + 1;
}

const Target& Registry::Entry::target_of(std::string_view label) const {
  static const Target kNone;
  const auto found = labels.find(label);
  return found == labels.end() ? kNone : found->second.history.current();
}

const std::vector<Approval>& Registry::Entry::approvals_of(std::string_view version) const {
  static const std::vector<Approval> kNone;
  const auto found = approvals.find(version);
  return found == approvals.end() ? kNone : found->second;
}

void Registry::Entry::apply(std::string_view label, const LabelEvent& event) {
  if (event.to.empty()) {
    if (const auto found = labels.find(label); found != labels.end()) labels.erase(found);
    return;
  }
  Label& state = labels[std::string(label)];
  state.history.apply(event.to, event.rollback);
  state.revision = event.revision;
}

Labels Registry::Entry::label_states() const {
  Labels out;
  for (const auto& [label, state] : labels)
    out.emplace(label, LabelState{state.history.current(), state.revision});
  return out;
}

}  // namespace maester::prompts
