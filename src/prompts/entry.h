// One prompt as the registry holds it in memory: its versions in natural order and its labels.
// Private to the module.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prompts/label_history.h"
#include "prompts/registry.h"

namespace maester::prompts {

struct Registry::Entry {
  std::vector<VersionPtr> versions;  // natural order, never empty once published
  std::map<std::string, LabelHistory, std::less<>> labels;

  void insert(VersionPtr version);
  const VersionPtr* find(std::string_view version) const;  // null when unknown
  const VersionPtr* find_content(const PromptVersion& content) const;
  // Code::not_found, naming the versions or labels that exist.
  Result<VersionPtr> must_find(std::string_view version) const;
  Result<VersionPtr> select(const Selector& selector) const;
  // "vN" after the greatest vN.
  std::string next_version() const;
  Labels label_targets() const;
  Error unknown_label(std::string_view label) const;
};

// "`a`, `b` and 12 more": for messages to a person, at most ten names.
std::string name_list(const std::vector<std::string_view>& names);

}  // namespace maester::prompts
