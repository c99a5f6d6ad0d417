// The accepted loads of the configuration, in control.db (docs/formats/config-versions.md).
// Blocking. REQUIRES: on the thread that owns the database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/audit.h"
#include "access/vault.h"
#include "api/config_service.h"
#include "store/sqlite.h"

namespace maester::app {

class ConfigVersions {
 public:
  // Creates or upgrades the table.
  static Result<ConfigVersions> open(store::Database& db, access::Vault& vault,
                                     access::AuditLog& audit);

  // The newest; nullopt before the first.
  Result<std::optional<api::ConfigVersion>> newest();
  // The newest that was read from the file.
  Result<std::optional<api::ConfigVersion>> newest_of_file();
  Result<api::ConfigVersion> get(std::int64_t number);  // Code::not_found
  Result<std::vector<api::ConfigVersion>> list(std::int64_t before, std::size_t limit);
  Result<std::string> text(const api::ConfigVersion& version);
  // Its row of the audit log is written with it. `version.number` is the newest's plus one; 0 for
  // `origin` stands for it.
  Result<api::ConfigVersion> add(api::ConfigVersion version, std::string_view text,
                                 const access::Actor& actor);

 private:
  Status insert(const api::ConfigVersion& version, std::string_view sealed);
  ConfigVersions(store::Database& db, access::Vault& vault, access::AuditLog& audit)
      : db_(db), vault_(vault), audit_(audit) {}
  store::Database& db_;
  access::Vault& vault_;
  access::AuditLog& audit_;
};

}  // namespace maester::app
