// Labels' changes, protections and approvals in control.db (tables: prompt_store.h). Private to the
// module; blocking.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prompts/label_event.h"
#include "prompts/protection.h"
#include "store/sqlite.h"

namespace maester::prompts {

// Whose change it is. The views live for the call.
struct LabelPlace {
  std::string_view tenant, prompt, label;
};

// Every change, of each label in the order in which they were made; `from` is left empty.
// Code::corrupt for a row that does not check.
Status load_moves(store::Database& db,
                  const std::function<void(const LabelPlace&, LabelEvent)>& visit);
Status load_protections(store::Database& db,
                        const std::function<void(std::string_view tenant, Protection)>& visit);
Status load_approvals(store::Database& db,
                      const std::function<void(std::string_view tenant, std::string_view prompt,
                                               std::string_view version, Approval)>& visit);

// Newest first, below revision `before` (0 = from the end), at most `limit`; with `from`.
Result<std::vector<LabelEvent>> read_history(store::Database& db, const LabelPlace& place,
                                             std::int64_t before, std::size_t limit);

// Inside a transaction of the caller's. insert_move() numbers the event: `revision`.
Status insert_move(store::Database& db, const LabelPlace& place, LabelEvent& event);
Status upsert_protection(store::Database& db, std::string_view tenant, const Protection& one);
Status delete_protection(store::Database& db, std::string_view tenant, std::string_view prompt,
                         std::string_view label);
Status insert_approval(store::Database& db, std::string_view tenant, std::string_view prompt,
                       std::string_view version, const Approval& one);

}  // namespace maester::prompts
