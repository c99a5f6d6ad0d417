#include "prompts/protection.h"

#include <algorithm>

namespace maester::prompts {

Protected protection_of(const std::vector<Protection>& all, std::string_view prompt,
                        std::string_view label) {
  Protected out;
  for (const Protection& one : all) {
    if (one.label != label || (one.prompt != kEveryPrompt && one.prompt != prompt)) continue;
    out.any = true;
    out.role = std::max(out.role, one.role);
    out.approvals = std::max(out.approvals, one.approvals);
  }
  return out;
}

Status check_mover(const Protected& protection, std::string_view label, std::string_view what,
                   const By& by) {
  if (!protection.any || by.role >= protection.role) return {};
  return fail(Code::forbidden,
              "Label `" + std::string(label) + "` is protected: it takes role " +
                  std::string(access::to_string(protection.role)) + " to " + std::string(what) +
                  " it, and this key is a " + std::string(access::to_string(by.role)) + ".",
              "label");
}

Status check_override(const By& by) {
  if (by.override_reason.empty() || by.role == access::Role::admin) return {};
  return fail(Code::forbidden, "Only an admin may override what stands in a release's way.",
              "override");
}

Status check_approvals(const Protected& protection, std::string_view label,
                       std::string_view version, std::string_view author,
                       const std::vector<Approval>& approvals) {
  const auto others = std::count_if(approvals.begin(), approvals.end(),
                                    [&](const Approval& one) { return one.key_id != author; });
  if (others >= protection.approvals) return {};
  return fail(Code::conflict,
              "Label `" + std::string(label) + "` is protected: version `" + std::string(version) +
                  "` needs " + std::to_string(protection.approvals) +
                  " approvals by others than its author and has " + std::to_string(others) +
                  ". Approve it with POST .../versions/" + std::string(version) + "/approve.",
              "version");
}

}  // namespace maester::prompts
