// The seam for release gates: asked before a label moves, so that a version which failed its
// evaluation cannot go out. evals/ will implement it; until then AllowAll is wired in.
#pragma once

#include <string>

#include "base/result.h"

namespace maester::prompts {

struct LabelMove {
  std::string tenant, prompt, label;
  std::string from;  // "" = the label is new
  std::string to;
  bool rollback = false;
};

class ReleaseGuard {
 public:
  virtual ~ReleaseGuard() = default;
  // Fails with Code::gate_refused and the reason. Called on the writer's thread, which holds the
  // registry's write lock: it must not call the registry. May block.
  virtual Status may_move(const LabelMove& move) = 0;
};

class AllowAll final : public ReleaseGuard {
 public:
  Status may_move(const LabelMove&) override { return {}; }
};

}  // namespace maester::prompts
