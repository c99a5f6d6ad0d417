// The registry's tables in control.db. Private to the module; blocking.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "prompts/prompt.h"
#include "prompts/release_guard.h"
#include "store/sqlite.h"

namespace maester::prompts {

// Creates or upgrades the tables.
Status prepare_tables(store::Database& db);

// Every version and every move of a label, the moves in the order in which they were made.
// Code::corrupt for a row that does not check.
Status load_versions(store::Database& db, const std::function<void(PromptVersion)>& visit);
Status load_moves(store::Database& db, const std::function<void(const LabelMove&)>& visit);

// Inside a transaction of the caller's.
Status insert_version(store::Database& db, const PromptVersion& version);
Status insert_move(store::Database& db, const LabelMove& move, WallTime at);
Status delete_prompts_of(store::Database& db, std::string_view tenant);

}  // namespace maester::prompts
