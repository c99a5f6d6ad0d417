// Drafts in control.db (table: prompt_store.h). Private to the module; blocking.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prompts/draft.h"
#include "store/sqlite.h"

namespace maester::prompts {

// By name. nullopt = there is none.
Result<std::vector<Draft>> read_drafts(store::Database& db, std::string_view tenant,
                                       std::string_view prompt);
Result<std::optional<Draft>> read_draft(store::Database& db, std::string_view tenant,
                                        std::string_view prompt, std::string_view draft);

// Inside a transaction of the caller's.
Status upsert_draft(store::Database& db, std::string_view tenant, const Draft& draft);
Status erase_draft(store::Database& db, std::string_view tenant, std::string_view prompt,
                   std::string_view draft);

}  // namespace maester::prompts
