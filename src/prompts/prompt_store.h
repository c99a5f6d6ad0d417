// The registry's tables in control.db: their making, and the versions in them (labels:
// label_store.h, drafts: draft_store.h). Private to the module; blocking.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "prompts/prompt.h"
#include "store/sqlite.h"

namespace maester::prompts {

// Creates or upgrades the tables.
Status prepare_tables(store::Database& db);

// Every version. Code::corrupt for a row that does not check.
Status load_versions(store::Database& db, const std::function<void(PromptVersion)>& visit);
// Every version of a deleted prompt: tenant, prompt, version, hash.
Status load_retired(
    store::Database& db,
    const std::function<void(std::string, std::string, std::string, std::string)>& visit);

// Inside a transaction of the caller's.
Status insert_version(store::Database& db, const PromptVersion& version);
// Everything of the prompt goes but the names and hashes of its versions.
Status retire_prompt(store::Database& db, std::string_view tenant, std::string_view name);
Status delete_prompts_of(store::Database& db, std::string_view tenant);

}  // namespace maester::prompts
