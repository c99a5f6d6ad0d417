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
  struct Label {
    LabelHistory history;
    std::int64_t revision = 0;
  };
  std::vector<VersionPtr> versions;  // natural order, never empty once published
  std::map<std::string, Label, std::less<>> labels;
  std::map<std::string, std::vector<Approval>, std::less<>> approvals;  // by version

  void insert(VersionPtr version);
  const VersionPtr* find(std::string_view version) const;  // null when unknown
  const VersionPtr* find_content(const PromptVersion& content) const;
  // Code::not_found, naming the versions or labels that exist.
  Result<VersionPtr> must_find(std::string_view version) const;
  // `tenant` and `sticky_key`: of whom a split is asked for.
  Result<Chosen> choose(std::string_view tenant, const Selector& selector,
                        std::string_view sticky_key) const;
  // The number behind the greatest vN.
  std::int64_t next_number() const;
  const Target& target_of(std::string_view label) const;  // empty when it is not set
  const std::vector<Approval>& approvals_of(std::string_view version) const;
  // A label's change, as it was stored.
  void apply(std::string_view label, const LabelEvent& event);
  Labels label_states() const;
  Error unknown_label(std::string_view label) const;
};

// "`a`, `b` and 12 more": for messages to a person, at most ten names.
std::string name_list(const std::vector<std::string_view>& names);

}  // namespace maester::prompts
