// The gates of all tenants, and the guard that holds every release against them: durable in
// control.db, held in memory (docs/formats/gates.md).
//
// A release is refused unless the newest whole run of exactly that candidate on the gate's dataset
// passes its rules; a rollback passes; an override takes a role and a reason and is audited. What
// cannot be read is a refusal. Gates of tenant `default` guard the configuration, which belongs to
// all.
//
// Writes, may_release(), release() and decisions(): on the thread that owns control.db. That one
// thread makes a decision and the move after it one step (docs/adr/0171). check(), find() and
// list(): on any thread; check() is blocking.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "access/release_guard.h"
#include "access/tenant_objects.h"
#include "base/clock.h"
#include "evals/gates/evidence.h"
#include "evals/gates/gate.h"
#include "evals/gates/verdict.h"

namespace maester::evals {

struct Decision {
  std::int64_t seq = 0;
  std::string gate, kind, object, slot, from, to;
  std::string outcome;  // "passed", "refused", "overridden", "rollback"
  std::string verdict;  // JSON object, "" = none was needed
  std::string reason, actor, source, role;
  WallTime at{};
};

class Gates final : public access::ReleaseGuard, public access::TenantObjects {
 public:
  // Makes the tables and loads everything. All that is given must outlive it.
  static Result<std::unique_ptr<Gates>> open(store::Database& control_db, const Clock& clock,
                                             access::AuditLog& audit);
  // Where runs are found. Until then every gate refuses.
  void attach(Evidence& evidence) { evidence_ = &evidence; }

  // Code::conflict for a taken name.
  Result<Gate> create(Gate gate, const access::Actor& actor);
  Status remove(std::string_view tenant, std::string_view name, const access::Actor& actor);
  Result<Gate> find(std::string_view tenant, std::string_view name) const;  // Code::not_found
  std::vector<Gate> list(std::string_view tenant) const;                    // by name

  Status may_release(const access::Release& release) override;
  Status release(std::span<const access::Release> releases,
                 const std::function<Status()>& move) override;
  std::string holding(std::string_view tenant, std::string_view kind, std::string_view object,
                      std::string_view slot) const override;

  // What the gate says of a candidate or of a run, without anything going live. `live` is what a
  // baseline of "live" means, "" = nothing.
  struct Question {
    Candidate candidate{};  // either this, whose newest run counts,
    std::string run{};      // or this
    std::string live{};
  };
  Result<GateVerdict> check(const Gate& gate, const Question& question);

  // Newest first, below `before` (0 = from the newest).
  Result<std::vector<Decision>> decisions(std::string_view tenant, std::string_view gate,
                                          std::int64_t before, std::size_t limit);

  Status erase(store::Database& control, std::string_view tenant) override;
  void forget(std::string_view tenant) override;

 private:
  Gates(store::Database& db, const Clock& clock, access::AuditLog& audit)
      : db_(db), clock_(clock), audit_(audit) {}
  Status load();
  // What each gate of the place says; the first refusal is left in `answer`.
  Result<std::vector<Decision>> decide(const access::Release& release, Status& answer);
  std::vector<Gate> covering(const access::Release& release) const;
  Status record(const access::Release& release, const std::vector<Decision>& decisions);

  store::Database& db_;
  const Clock& clock_;
  access::AuditLog& audit_;
  Evidence* evidence_ = nullptr;
  mutable std::shared_mutex mutex_;                                         // guards gates_
  std::map<std::pair<std::string, std::string>, Gate, std::less<>> gates_;  // (tenant, name)
};

}  // namespace maester::evals
