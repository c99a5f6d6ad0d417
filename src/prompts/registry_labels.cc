// The registry's labels: what may move, and the moves.
#include <algorithm>
#include <utility>

#include "prompts/entry.h"
#include "prompts/label_check.h"
#include "prompts/label_store.h"
#include "prompts/registry.h"

namespace maester::prompts {
namespace {

std::string there_is(const Target& target, std::int64_t revision) {
  if (target.empty()) return "is not set";
  return "points to `" + target.text() + "` (revision " + std::to_string(revision) + ")";
}

Status check_expected(const Expected& expected, std::string_view label, const Target& target,
                      std::int64_t revision) {
  if (expected.revision && *expected.revision != revision) {
    return fail(Code::version_conflict,
                "Label `" + std::string(label) + "` " + there_is(target, revision) +
                    ", not revision " + std::to_string(*expected.revision) +
                    "; somebody else moved it. Look and try again.",
                "expected_revision");
  }
  if (expected.version && *expected.version != target.text()) {
    return fail(Code::version_conflict,
                "Label `" + std::string(label) + "` " + there_is(target, revision) + ", not " +
                    (expected.version->empty() ? "unset" : "`" + *expected.version + "`") +
                    (target.is_split() ? "; a split is expected by `expected_revision`."
                                       : "; somebody else moved it. Look and try again."),
                "expected_version");
  }
  return {};
}

LabelChange change_of(std::string_view label, const LabelEvent& event, bool changed) {
  return {std::string(label), event.to, event.from, event.revision, changed};
}

}  // namespace

// What a change of the label would be; nothing is asked yet.
Result<Registry::Move> Registry::plan(std::string_view tenant, const Entry& entry,
                                      std::string_view label, Target to, bool rollback,
                                      const By& by) const {
  if (by.reason.size() > kMaxReasonBytes || by.override_reason.size() > kMaxReasonBytes)
    return fail(Code::too_large, "A reason may have 4 KiB.", "reason");
  Move move;
  move.prompt = entry.versions.front()->name;
  move.label = label;
  move.protection = protection_of(protections(tenant), move.prompt, label);
  LabelEvent& event = move.event;
  event.from = entry.target_of(label);
  event.to = std::move(to);
  event.rollback = rollback;
  event.at = clock_.wall();
  event.key_id = by.actor.key_id;
  event.source = by.actor.source;
  event.reason = by.reason;
  event.override_reason = by.override_reason;
  return move;
}

// Who asks, what others approved, and then the gates, of every version that would be served.
Status Registry::check_release(std::string_view tenant, const Entry& entry, const Move& move,
                               const By& by) {
  const LabelEvent& event = move.event;
  TRY(check_override(by));
  TRY(check_mover(move.protection, move.label, event.to.empty() ? "delete" : "move", by));
  std::vector<std::string> released;
  for (const Share& share : event.to.shares()) released.push_back(share.version);
  // Without `production`, requests that name no label get the latest version.
  if (event.to.empty() && move.label == "production")
    released.push_back(entry.versions.back()->version);
  const auto label = entry.labels.find(move.label);
  // What was live here under this protection or before it needs nobody's word to come back.
  const bool known = event.rollback && label != entry.labels.end() &&
                     label->second.history.find_before(event.to) != nullptr;
  for (const std::string& version : released) {
    if (event.from.contains(version)) continue;  // it is live here: nothing new goes out
    if (!known && by.override_reason.empty()) {
      TRY_ASSIGN(const VersionPtr pushed, entry.must_find(version));
      TRY(check_approvals(move.protection, move.label, version, pushed->author,
                          entry.approvals_of(version)));
    }
    TRY(guard_.may_release({.tenant = std::string(tenant),
                            .kind = "prompt_label",
                            .object = move.prompt,
                            .slot = move.label,
                            .from = event.from.text(),
                            .to = version,
                            .rollback = known,
                            .actor = by.actor,
                            .role = by.role,
                            .reason = by.reason,
                            .override_reason = by.override_reason}));
  }
  return {};
}

// Inside a transaction.
Status Registry::store_move(std::string_view tenant, Move& move, const By& by) {
  LabelEvent& event = move.event;
  TRY(insert_move(db_, {tenant, move.prompt, move.label}, event));
  std::string action = event.to.empty() ? "prompt.unlabel"
                       : event.rollback ? "prompt.rollback"
                                        : "prompt.label";
  if (!event.override_reason.empty()) action += "_override";
  return audit_.record(by.actor, {tenant, action, move.prompt + ":" + move.label, event.from.text(),
                                  event.to.text()});
}

// REQUIRES: write_mutex_ is held.
Result<LabelChange> Registry::make_move(std::string_view tenant, std::string_view name,
                                        const EntryPtr& before, Move move, const By& by) {
  TRY(check_release(tenant, *before, move, by));
  TRY(db_.transaction([&] { return store_move(tenant, move, by); }));
  const auto after = std::make_shared<Entry>(*before);
  after->apply(move.label, move.event);
  publish(tenant, name, after);
  return change_of(move.label, move.event, true);
}

Result<LabelChange> Registry::set_label(std::string_view tenant, std::string_view name,
                                        std::string_view label, std::vector<Share> shares,
                                        const Expected& expected, const By& by) {
  TRY(check_label(label));
  TRY(check_shares(shares));
  const std::lock_guard writing(write_mutex_);
  TRY_ASSIGN(const EntryPtr before, must_find(tenant, name));
  for (const Share& share : shares) TRY(before->must_find(share.version));
  const auto there = before->labels.find(label);
  const Target& from = before->target_of(label);
  const std::int64_t revision = there == before->labels.end() ? 0 : there->second.revision;
  TRY(check_expected(expected, label, from, revision));
  if (there == before->labels.end() && before->labels.size() == kMaxLabels)
    return fail(Code::too_large, "A prompt may have 64 labels.", "label");
  if (shares.size() == 1) shares.front().weight = 1;
  TRY_ASSIGN(Move move,
             plan(tenant, *before, label, Target::split(std::move(shares), from), false, by));
  if (move.event.to == from) {
    move.event.revision = revision;
    return change_of(label, move.event, false);
  }
  return make_move(tenant, name, before, std::move(move), by);
}

Result<LabelChange> Registry::rollback(std::string_view tenant, std::string_view name,
                                       std::string_view label, std::string_view to_version,
                                       const Expected& expected, const By& by) {
  const std::lock_guard writing(write_mutex_);
  TRY_ASSIGN(const EntryPtr before, must_find(tenant, name));
  const auto there = before->labels.find(label);
  if (there == before->labels.end()) return fail(before->unknown_label(label));
  const LabelHistory& history = there->second.history;
  TRY(check_expected(expected, label, history.current(), there->second.revision));
  Target to = history.previous();
  if (!to_version.empty()) {
    TRY(before->must_find(to_version));
    to = Target::one(std::string(to_version));
  } else if (to.empty()) {
    return fail(Code::conflict,
                "Label `" + std::string(label) + "` of prompt `" + std::string(name) +
                    "` has pointed to nothing but `" + history.current().text() +
                    "`; name a version with `to_version`.",
                "label");
  }
  TRY_ASSIGN(Move move, plan(tenant, *before, label, std::move(to), true, by));
  if (move.event.to == move.event.from) {
    move.event.revision = there->second.revision;
    return change_of(label, move.event, false);
  }
  return make_move(tenant, name, before, std::move(move), by);
}

Result<LabelChange> Registry::delete_label(std::string_view tenant, std::string_view name,
                                           std::string_view label, const Expected& expected,
                                           const By& by) {
  const std::lock_guard writing(write_mutex_);
  TRY_ASSIGN(const EntryPtr before, must_find(tenant, name));
  const auto there = before->labels.find(label);
  if (there == before->labels.end()) return fail(before->unknown_label(label));
  TRY(check_expected(expected, label, there->second.history.current(), there->second.revision));
  TRY_ASSIGN(Move move, plan(tenant, *before, label, {}, false, by));
  if (move.protection.any) {
    return fail(Code::conflict,
                "Label `" + std::string(label) + "` is protected and cannot be deleted; an admin " +
                    "must take the protection away first (DELETE /v1/protections).",
                "label");
  }
  return make_move(tenant, name, before, std::move(move), by);
}

Result<std::vector<LabelEvent>> Registry::label_history(std::string_view tenant,
                                                        std::string_view name,
                                                        std::string_view label, std::int64_t before,
                                                        std::size_t limit) {
  const std::lock_guard writing(write_mutex_);
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  TRY_ASSIGN(std::vector<LabelEvent> events,
             read_history(db_, {tenant, name, label}, before, limit));
  // A deleted label has a history, too.
  if (events.empty() && before == 0) return fail(entry->unknown_label(label));
  return events;
}

}  // namespace maester::prompts
