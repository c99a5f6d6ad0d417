// The registry's approvals and protections.
#include <algorithm>
#include <tuple>
#include <utility>

#include "prompts/entry.h"
#include "prompts/label_check.h"
#include "prompts/label_store.h"
#include "prompts/registry.h"

namespace maester::prompts {
namespace {

std::string text_of(const Protection& one) {
  return std::string(access::to_string(one.role)) + " " + std::to_string(one.approvals);
}

bool names(const Protection& one, std::string_view prompt, std::string_view label) {
  return one.prompt == prompt && one.label == label;
}

}  // namespace

Result<std::vector<Approval>> Registry::approve(std::string_view tenant, std::string_view name,
                                                std::string_view version, std::string_view comment,
                                                const By& by) {
  if (comment.size() > kMaxCommitMessageBytes)
    return fail(Code::too_large, "A comment may have 4 KiB.", "comment");
  const std::lock_guard writing(write_mutex_);
  TRY_ASSIGN(const EntryPtr before, must_find(tenant, name));
  TRY_ASSIGN(const VersionPtr pushed, before->must_find(version));
  if (!pushed->author.empty() && pushed->author == by.actor.key_id) {
    return fail(Code::forbidden,
                "Version `" + pushed->version +
                    "` was pushed with this key; somebody else must approve it.",
                "version");
  }
  const auto& there = before->approvals_of(version);
  if (std::any_of(there.begin(), there.end(),
                  [&](const Approval& one) { return one.key_id == by.actor.key_id; }))
    return there;
  const Approval made{by.actor.key_id, std::string(comment), clock_.wall()};
  TRY(db_.transaction([&]() -> Status {
    TRY(insert_approval(db_, tenant, name, version, made));
    return audit_.record(by.actor, {tenant, "prompt.approve", pushed->name + "@" + pushed->version,
                                    "", pushed->template_hash});
  }));
  const auto after = std::make_shared<Entry>(*before);
  auto& approvals = after->approvals[pushed->version];
  approvals.push_back(made);
  std::vector<Approval> out = approvals;
  publish(tenant, name, after);
  return out;
}

Result<bool> Registry::protect(std::string_view tenant, Protection protection, const By& by) {
  if (protection.prompt != kEveryPrompt) TRY(check_name("prompt", protection.prompt));
  TRY(check_label(protection.label));
  if (protection.approvals < 0 || protection.approvals > kMaxApprovals)
    return fail(Code::invalid_request, "`approvals` is a number from 0 to 10.", "approvals");
  const std::lock_guard writing(write_mutex_);
  std::vector<Protection> all = protections(tenant);
  const auto there = std::find_if(all.begin(), all.end(), [&](const Protection& one) {
    return names(one, protection.prompt, protection.label);
  });
  if (there == all.end() && all.size() == kMaxProtections)
    return fail(Code::too_large, "A tenant may have 1,000 protected labels.", "label");
  protection.set_by = by.actor.key_id;
  protection.set_at = clock_.wall();
  TRY(db_.transaction([&]() -> Status {
    TRY(upsert_protection(db_, tenant, protection));
    return audit_.record(by.actor,
                         {tenant, "prompt.protect", protection.prompt + ":" + protection.label,
                          there == all.end() ? "" : text_of(*there), text_of(protection)});
  }));
  const bool fresh = there == all.end();
  if (!fresh) all.erase(there);
  const auto place = std::lower_bound(
      all.begin(), all.end(), protection, [](const Protection& a, const Protection& b) {
        return std::tie(a.prompt, a.label) < std::tie(b.prompt, b.label);
      });
  all.insert(place, std::move(protection));
  const std::unique_lock lock(mutex_);
  tenants_[std::string(tenant)].protections = std::move(all);
  return fresh;
}

Status Registry::unprotect(std::string_view tenant, std::string_view prompt, std::string_view label,
                           const By& by) {
  const std::lock_guard writing(write_mutex_);
  std::vector<Protection> all = protections(tenant);
  const auto there = std::find_if(all.begin(), all.end(),
                                  [&](const Protection& one) { return names(one, prompt, label); });
  if (there == all.end()) {
    return fail(Code::not_found,
                "Label `" + std::string(label) + "` of `" + std::string(prompt) +
                    "` is not protected; GET /v1/protections lists what is.",
                "label");
  }
  TRY(db_.transaction([&]() -> Status {
    TRY(delete_protection(db_, tenant, prompt, label));
    return audit_.record(by.actor, {tenant, "prompt.unprotect", there->prompt + ":" + there->label,
                                    text_of(*there), ""});
  }));
  all.erase(there);
  const std::unique_lock lock(mutex_);
  tenants_[std::string(tenant)].protections = std::move(all);
  return {};
}

}  // namespace maester::prompts
