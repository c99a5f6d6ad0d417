#include "evals/gates/gates.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "evals/gates/gate_rows.h"

namespace maester::evals {
namespace {

std::string text_of(const GateVerdict& verdict) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_verdict(w, verdict);
  w.end_object();
  return out;
}

std::unexpected<Error> no_such(std::string_view name) {
  return fail(Code::not_found,
              "There is no gate `" + std::string(name.substr(0, 128)) +
                  "`. GET /v1/gates lists what there is.",
              "name");
}

bool is_of_config(std::string_view kind) {
  return kind == "model" || kind == "route_target" || kind == "policy" || kind == "tool_schema";
}

// The versions that a label was split among ("v3:90,v4:10"), the one with the greatest weight
// first.
std::vector<std::string> shares_of(std::string_view from) {
  std::vector<std::string> out;
  std::int64_t most = -1;
  while (!from.empty()) {
    const std::string_view share = from.substr(0, from.find(','));
    from = share.size() == from.size() ? std::string_view() : from.substr(share.size() + 1);
    const std::size_t colon = share.rfind(':');
    std::int64_t weight = 0;
    if (colon != std::string_view::npos)
      std::from_chars(share.data() + colon + 1, share.data() + share.size(), weight);
    out.emplace_back(share.substr(0, colon));
    if (weight > most) std::swap(out.front(), out.back());
    most = std::max(most, weight);
  }
  return out;
}

std::string place_of(const access::Release& release) {
  std::string out = std::string(release.kind) + " " + release.object;
  if (!release.slot.empty()) out += ":" + release.slot;
  return out;
}

// The override of one refused gate, or why it is none.
Status may_override(const Gate& gate, const access::Release& release) {
  if (release.role < gate.override_role) {
    return fail(Code::gate_refused, "An override of gate `" + gate.name + "` takes role " +
                                        std::string(to_string(gate.override_role)) + ".");
  }
  constexpr std::size_t kLeast = 8;  // a word is no reason
  if (release.override_reason.size() < kLeast) {
    return fail(Code::gate_refused,
                "An override of gate `" + gate.name + "` takes a reason of at least 8 characters.");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Gates>> Gates::open(store::Database& control_db, const Clock& clock,
                                           access::AuditLog& audit) {
  TRY(rows::migrate_gates(control_db));
  std::unique_ptr<Gates> gates(new Gates(control_db, clock, audit));
  TRY(gates->load());
  return gates;
}

Status Gates::load() {
  return rows::load_gates(db_, [this](Gate gate) {
    auto key = std::pair(gate.tenant, gate.name);
    gates_.insert_or_assign(std::move(key), std::move(gate));
  });
}

Result<Gate> Gates::create(Gate gate, const access::Actor& actor) {
  if (is_of_config(gate.guards.kind) && gate.tenant != "default") {
    return fail(Code::forbidden,
                "Models, routes, policies and tools belong to all tenants: only tenant `default` "
                "can guard them.",
                "guards.kind");
  }
  const auto key = std::pair(gate.tenant, gate.name);
  if (find(gate.tenant, gate.name)) {
    return fail(Code::conflict,
                "There is a gate `" + gate.name +
                    "` already; gates never change: delete it first, or take another name.",
                "name");
  }
  gate.created_at = clock_.wall();
  TRY(db_.transaction([&]() -> Status {
    TRY(rows::insert_gate(db_, gate));
    return audit_.record(actor, {gate.tenant, "gate.create", gate.name, "", gate_json(gate)});
  }));
  const std::unique_lock lock(mutex_);
  gates_.insert_or_assign(key, gate);
  return gate;
}

Status Gates::remove(std::string_view tenant, std::string_view name, const access::Actor& actor) {
  TRY_ASSIGN(const Gate gate, find(tenant, name));
  TRY(db_.transaction([&]() -> Status {
    TRY(rows::delete_gate(db_, tenant, name));
    return audit_.record(actor, {tenant, "gate.delete", name, gate_json(gate), ""});
  }));
  const std::unique_lock lock(mutex_);
  gates_.erase(std::pair(gate.tenant, gate.name));
  return {};
}

Result<Gate> Gates::find(std::string_view tenant, std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = gates_.find(std::pair(std::string(tenant), std::string(name)));
  if (found == gates_.end()) return no_such(name);
  return found->second;
}

std::vector<Gate> Gates::list(std::string_view tenant) const {
  std::vector<Gate> out;
  const std::shared_lock lock(mutex_);
  for (const auto& [key, gate] : gates_) {
    if (key.first == tenant) out.push_back(gate);
  }
  return out;
}

std::vector<Gate> Gates::covering(const access::Release& release) const {
  std::vector<Gate> out;
  // What is new in the configuration stands beside what is live, where it can be run first; nobody
  // is served by it unless a gate names it.
  const bool beside = release.from.empty() && is_of_config(release.kind);
  const std::shared_lock lock(mutex_);
  for (const auto& [key, gate] : gates_) {
    if (beside && gate.guards.object == "*") continue;
    if (key.first == release.tenant &&
        gate.guards.covers(release.kind, release.object, release.slot))
      out.push_back(gate);
  }
  return out;
}

std::string Gates::holding(std::string_view tenant, std::string_view kind, std::string_view object,
                           std::string_view slot) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [key, gate] : gates_) {
    if (key.first == tenant && gate.guards.covers(kind, object, slot)) return gate.name;
  }
  return {};
}

Status Gates::may_release(const access::Release& release) {
  return this->release(std::span(&release, 1), [] { return Status(); });
}

Status Gates::release(std::span<const access::Release> releases,
                      const std::function<Status()>& move) {
  Status answer;
  std::vector<std::vector<Decision>> all;
  for (const access::Release& one : releases) {
    TRY_ASSIGN(all.emplace_back(), decide(one, answer));
  }
  for (std::size_t i = 0; i < releases.size(); ++i) {
    // Where one gate refuses nothing goes live, so nothing was overridden.
    for (Decision& one : all[i]) {
      if (!answer && one.outcome == "overridden") one.outcome = "refused";
    }
    if (!all[i].empty()) TRY(record(releases[i], all[i]));
  }
  TRY(std::move(answer));
  return move();
}

Result<std::vector<Decision>> Gates::decide(const access::Release& release, Status& answer) {
  std::vector<Decision> decisions;
  const std::vector<Gate> gates = covering(release);
  std::string live = release.from;
  if (release.kind == "prompt_label" && release.from.find(',') != std::string::npos) {
    const std::vector<std::string> shares = shares_of(release.from);
    if (std::ranges::find(shares, release.to) != shares.end()) return decisions;  // live already
    live = shares.front();
  }
  for (const Gate& gate : gates) {
    Decision& one = decisions.emplace_back();
    one.gate = gate.name;
    one.outcome = release.rollback ? "rollback" : "refused";
    if (release.rollback) continue;
    if (evidence_ == nullptr)
      return fail(Code::gate_refused, "The server is starting: no gate can decide yet.");
    TRY_ASSIGN(const GateVerdict verdict,
               evidence_->of_place(gate, {release.kind, release.object, release.to, live}));
    one.verdict = text_of(verdict);
    if (verdict.passed) {
      one.outcome = "passed";
      continue;
    }
    const Status overridden = release.override_reason.empty() ? Status(fail(Code::gate_refused, ""))
                                                              : may_override(gate, release);
    if (overridden) {
      one.outcome = "overridden";
      continue;
    }
    if (!answer) continue;
    std::string message = "Gate `" + gate.name + "` refuses `" + release.to + "` for " +
                          place_of(release) + ". " + verdict.reason;
    if (!overridden.error().message.empty()) message += " " + overridden.error().message;
    answer = fail(Code::gate_refused, std::move(message), gate.name);
  }
  return decisions;
}

Status Gates::record(const access::Release& release, const std::vector<Decision>& decisions) {
  return db_.transaction([&]() -> Status {
    for (Decision one : decisions) {
      one.kind = release.kind;
      one.object = release.object;
      one.slot = release.slot;
      one.from = release.from;
      one.to = release.to;
      const bool overridden = one.outcome == "overridden";
      one.reason = overridden ? release.override_reason : release.reason;
      one.actor = release.actor.key_id;
      one.source = release.actor.source;
      one.role = to_string(release.role);
      one.at = clock_.wall();
      TRY(rows::insert_decision(db_, release.tenant, one));
      if (overridden) {
        TRY(audit_.record(release.actor,
                          {release.tenant, "gate.override", one.gate + " " + place_of(release),
                           release.from, release.to + "\n" + release.override_reason}));
      }
    }
    return {};
  });
}

Result<GateVerdict> Gates::check(const Gate& gate, const Question& question) {
  if (evidence_ == nullptr) return fail(Code::overloaded, "The server is starting; try again.");
  std::string object;
  if (!question.run.empty()) {
    return evidence_->of_run(gate, question.run,
                             {gate.guards.kind, gate.guards.object, "", question.live});
  }
  const std::string to = target_of(question.candidate, gate.guards, object);
  if (to.empty()) {
    const Fact fact = fact_of(gate.guards.kind, gate.guards.object, "VERSION");
    return fail(Code::invalid_request,
                "Gate `" + gate.name + "` is about " + gate.guards.kind + " `" +
                    gate.guards.object + "`: the candidate must have " + std::string(fact.member) +
                    "=" + fact.value + ".",
                "candidate");
  }
  Gate asked = gate;
  const std::string_view own = fact_of(gate.guards.kind, object, to).member;
  for (const auto& [member, value] : question.candidate) {
    // What a run may be graded by is the gate's to say, not the question's.
    if (member != own && member != kGrading) asked.with.insert_or_assign(member, value);
  }
  return evidence_->of_place(asked, {gate.guards.kind, object, to, question.live});
}

Result<std::vector<Decision>> Gates::decisions(std::string_view tenant, std::string_view gate,
                                               std::int64_t before, std::size_t limit) {
  TRY(find(tenant, gate));
  return rows::page_decisions(db_, tenant, gate, before, limit);
}

Status Gates::erase(store::Database& control, std::string_view tenant) {
  return rows::delete_of(control, tenant);
}

void Gates::forget(std::string_view tenant) {
  const std::unique_lock lock(mutex_);
  std::erase_if(gates_, [&](const auto& entry) { return entry.first.first == tenant; });
}

}  // namespace maester::evals
