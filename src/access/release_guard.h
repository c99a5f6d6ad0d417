// The seam of release gates: asked before a change of what callers are served goes live, so that
// what did not pass its evaluation cannot go out. Whoever owns a pointer that moves (a prompt's
// label, a collection's live index, a route's targets) asks; evals/ answers.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "access/audit.h"
#include "access/principal.h"
#include "base/result.h"

namespace maester::access {

// One pointer that is about to move. `kind` says what is guarded, `object` and `slot` which, `from`
// and `to` are identities of what it points to:
//
// clang-format off
//   kind           object          slot     to
//   prompt_label   prompt's name   label    version ("v3")
//   index_version  collection      ""       index version ("v3")
//   route_target   route's name    ""       "model@fingerprint", asked once for each new target
//   model          model's name    ""       its fingerprint (likewise: policy)
//   tool_schema    tool's name     ""       its fingerprint
//   chunking       collection      ""       knowledge/settings.h (likewise: adapter, parser)
// clang-format on
struct Release {
  std::string tenant{};
  std::string_view kind;
  std::string object{}, slot{};
  std::string from{};  // "" = nothing was live
  std::string to{};
  bool rollback = false;  // to what was live here before
  Actor actor = Actor::program();
  Role role = Role::admin;  // of who asks
  std::string reason{};     // as it was given for the change
  // "" = no override. Else why the gate is to be passed over; needs a role (evals/gates).
  std::string override_reason{};
};

// Who moves a pointer, by what right and why. `override_reason` as in Release.
struct By {
  Actor actor = Actor::program();
  Role role = Role::admin;
  std::string reason = {};
  std::string override_reason = {};
};

class ReleaseGuard {
 public:
  virtual ~ReleaseGuard() = default;
  // Fails with Code::gate_refused and the reason: which gate, what is missing, what to do. May
  // block. Called with the asking owner's locks held: it must not call back into the owner.
  virtual Status may_release(const Release& release) = 0;
  // The decisions and the move as one: between them no gate is made, changed or taken away. An
  // owner whose moves run on the thread that owns control.db, as those of gates do, has that with
  // may_release() alone; another one moves by this. `move` may run on another thread while the
  // caller waits; its failure is answered.
  virtual Status release(std::span<const Release> releases, const std::function<Status()>& move) {
    for (const Release& one : releases) TRY(may_release(one));
    return move();
  }
  // The gate that holds a place, "" = none does. On any thread; does not block for long.
  virtual std::string holding(std::string_view tenant, std::string_view kind,
                              std::string_view object, std::string_view slot) const {
    (void)tenant, (void)kind, (void)object, (void)slot;
    return {};
  }
};

class AllowAll final : public ReleaseGuard {
 public:
  Status may_release(const Release&) override { return {}; }
};

}  // namespace maester::access
