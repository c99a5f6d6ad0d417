// The tables of tenants and keys in control.db. Private to the module; blocking.
#pragma once

#include <functional>
#include <string_view>

#include "access/key.h"
#include "store/sqlite.h"

namespace maester::access {

Status prepare_key_tables(store::Database& db);

// `visit(name, created_at, erased)` for every tenant, the erased ones too.
Status load_tenants(store::Database& db,
                    const std::function<void(std::string, WallTime, bool)>& visit);
Status load_keys(store::Database& db, const std::function<void(Key)>& visit);

// Inside a transaction of the caller's.
Status insert_tenant(store::Database& db, std::string_view name, WallTime at);
Status mark_erased(store::Database& db, std::string_view name, WallTime at);
Status insert_key(store::Database& db, const Key& key);
// Digests, previous_until and revoked of a key that exists.
Status update_key(store::Database& db, const Key& key);
Status delete_keys_of(store::Database& db, std::string_view tenant);

}  // namespace maester::access
