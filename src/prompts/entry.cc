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
  for (const auto& [name, history] : labels) names.push_back(name);
  return make_error(Code::not_found,
                    "Prompt `" + versions.front()->name + "` has no label `" + std::string(label) +
                        "`; it has " + (names.empty() ? "no labels" : name_list(names)) + ".",
                    "label");
}

Result<VersionPtr> Registry::Entry::select(const Selector& selector) const {
  if (!selector.version.empty()) {
    if (!selector.label.empty()) {
      return fail(Code::invalid_request, "Give a version or a label of the prompt, not both.",
                  "version");
    }
    return must_find(selector.version);
  }
  const bool by_default = selector.label.empty();
  if (selector.label == "latest") return versions.back();
  const auto label = labels.find(by_default ? std::string_view("production") : selector.label);
  if (label != labels.end()) return must_find(label->second.current());
  if (by_default) return versions.back();
  return fail(unknown_label(selector.label));
}

std::string Registry::Entry::next_version() const {
  std::int64_t greatest = 0;
  for (const VersionPtr& one : versions) {
    greatest = std::max(greatest, version_number(one->version).value_or(0));
  }
  return "v" + std::to_string(greatest + 1);
}

Labels Registry::Entry::label_targets() const {
  Labels out;
  for (const auto& [label, history] : labels) out.emplace(label, history.current());
  return out;
}

}  // namespace maester::prompts
