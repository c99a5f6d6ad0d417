// Datasets in work.db (docs/formats/evals.md). Thread-safe; blocking SQL, never on a core's thread.
// Everything takes the tenant first; a name of another tenant's is Code::not_found.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/tenant_rows.h"
#include "access/vault.h"
#include "base/clock.h"
#include "base/hmac.h"
#include "base/id.h"
#include "evals/datasets/dataset.h"
#include "store/locked_database.h"

namespace maester::evals {

class DatasetStore final : public access::TenantRows {
 public:
  // `hash_key`: 32 secret bytes that stay the same. All that is given outlives the store.
  static Result<std::unique_ptr<DatasetStore>> open(store::LockedDatabase& work,
                                                    access::Vault& vault, const Clock& clock,
                                                    Random& random, std::string_view hash_key);

  // Version 1, which is empty; Code::conflict for a taken name.
  Result<Dataset> create(std::string_view tenant, std::string_view name,
                         std::string_view description, std::string_view author);
  Result<Dataset> find(std::string_view tenant, std::string_view name);
  Result<std::vector<Dataset>> list(std::string_view tenant);  // by name
  Status drop(std::string_view tenant, std::string_view name);
  Result<std::vector<DatasetVersion>> versions(const Dataset& dataset);         // oldest first
  Result<DatasetVersion> version(const Dataset& dataset, std::int64_t number);  // 0 = the latest

  // What an edit does; all of it makes one version, or none when nothing changed.
  struct Edit {
    std::vector<Case> put{};  // by id: new, or in the place of the one there is
    std::vector<std::string> remove{};
    struct Move {
      std::string id;  // "*" = every case in state `from`
      CaseState to = CaseState::approved;
      std::optional<CaseState> from{};
    };
    std::vector<Move> moves{};
    std::string message{}, author{};
    // Of a case whose input is there already under another id: passed over, an error, or, of what a
    // person said, it gives the case that is there what it expects, its description of who said so,
    // and its state when `state_too`.
    bool refuse_duplicates = false;
    bool corrects = false, state_too = false;
  };
  struct Edited {
    DatasetVersion version;
    std::int64_t added = 0, changed = 0, unchanged = 0, removed = 0;
    std::vector<std::string> duplicates;  // ids of the cases that have the input already
    std::vector<std::string> ids;         // of `put`, in its order ("" = a duplicate)
  };
  // One transaction. Code::not_found for a case that is not there, too_large past a bound.
  Result<Edited> edit(const Dataset& dataset, const Edit& edit);

  struct Query {
    std::int64_t version = 0;  // 0 = the latest
    std::optional<CaseState> state{};
    std::string after{};  // an id
    std::size_t limit = 50;
  };
  Result<std::vector<Case>> cases(const Dataset& dataset, const Query& query);  // by id
  Result<Case> find_case(const Dataset& dataset, std::int64_t version, std::string_view id);

  Status erase(store::Database& work, std::string_view tenant) override;
  void forget(std::string_view) override {}

 private:
  DatasetStore(store::LockedDatabase& work, access::Vault& vault, const Clock& clock,
               Random& random, std::string_view hash_key)
      : work_(work), vault_(vault), clock_(clock), ids_(clock, random), hash_(hash_key) {}
  struct Editor;
  Result<Dataset> read(store::Database& db, std::string_view tenant, std::string_view name);
  store::LockedDatabase& work_;
  access::Vault& vault_;
  const Clock& clock_;
  IdGenerator ids_;  // used under the database's lock
  const HmacSha256 hash_;
};

}  // namespace maester::evals
