// Labels that not everyone may move: who may, and how many others must have approved what goes out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "access/release_guard.h"
#include "base/clock.h"
#include "base/result.h"

namespace maester::prompts {

inline constexpr std::string_view kEveryPrompt = "*";
inline constexpr std::int64_t kMaxApprovals = 10;
inline constexpr std::size_t kMaxProtections = 1'000;  // of a tenant

struct Protection {
  std::string prompt = std::string(kEveryPrompt);  // or one by name
  std::string label;
  access::Role role = access::Role::admin;  // who may move the label, at least
  std::int64_t approvals = 0;  // of each version by others than its author, before it goes out
  std::string set_by = {};     // id of the key
  WallTime set_at{};
};

// One key's word for a version.
struct Approval {
  std::string key_id, comment;
  WallTime at{};
};

// Who makes a change, with what right, and why. `override_reason`: an admin lets it through though
// a gate or an approval is missing; "" = no.
using access::By;

// What holds of a label: the strictest of what was said of it for this prompt and for every one.
struct Protected {
  bool any = false;
  access::Role role = access::Role::viewer;
  std::int64_t approvals = 0;
};
Protected protection_of(const std::vector<Protection>& all, std::string_view prompt,
                        std::string_view label);

// Code::forbidden, saying what it takes. `what`: "move", "delete".
Status check_mover(const Protected& protection, std::string_view label, std::string_view what,
                   const By& by);

// Code::forbidden unless only an admin asks to override.
Status check_override(const By& by);

// Code::conflict unless enough others than `author` approved.
Status check_approvals(const Protected& protection, std::string_view label,
                       std::string_view version, std::string_view author,
                       const std::vector<Approval>& approvals);

}  // namespace maester::prompts
