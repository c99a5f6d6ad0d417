#include "app/config_versions.h"

#include <array>

namespace maester::app {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "accepted loads of the configuration", R"sql(
CREATE TABLE config_versions (
  number INTEGER PRIMARY KEY,  -- 1, 2, 3, ...
  config TEXT NOT NULL,        -- what receipts name
  text_hash TEXT NOT NULL,     -- SHA-256 of the text, hexadecimal
  text BLOB NOT NULL,          -- as it was given, sealed
  source TEXT NOT NULL,        -- file | sighup | api | rollback
  actor TEXT NOT NULL,         -- id of the key, "" for the program
  origin INTEGER NOT NULL,     -- the version whose text this is
  loaded_at INTEGER NOT NULL   -- nanoseconds since the epoch
);
)sql"},
}};

access::SealedPlace place(const std::string& number) {
  return {access::kSystemTenant, "config_versions", "text", number, ""};
}

api::ConfigVersion read(const store::Statement& row) {
  api::ConfigVersion out;
  out.number = row.integer(0);
  out.config = row.text(1);
  out.text_hash = row.text(2);
  out.source = row.text(3);
  out.actor = row.text(4);
  out.origin = row.integer(5);
  out.loaded_at = WallTime{nanoseconds{row.integer(6)}};
  return out;
}

Result<std::vector<api::ConfigVersion>> read_all(store::Statement rows) {
  std::vector<api::ConfigVersion> out;
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    out.push_back(read(rows));
  }
}

std::optional<api::ConfigVersion> first(std::vector<api::ConfigVersion> found) {
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace

Result<ConfigVersions> ConfigVersions::open(store::Database& db, access::Vault& vault,
                                            access::AuditLog& audit) {
  TRY(store::migrate(db, kMigrations, "config"));
  return ConfigVersions(db, vault, audit);
}

Result<std::vector<api::ConfigVersion>> ConfigVersions::list(std::int64_t before,
                                                             std::size_t limit) {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("SELECT number, config, text_hash, source, actor, origin, loaded_at "
                         "FROM config_versions WHERE number < ?1 ORDER BY number DESC LIMIT ?2"));
  rows.bind(1, before).bind(2, static_cast<std::int64_t>(limit));
  return read_all(std::move(rows));
}

Result<std::optional<api::ConfigVersion>> ConfigVersions::newest() {
  TRY_ASSIGN(auto found, list(INT64_MAX, 1));
  return first(std::move(found));
}

Result<std::optional<api::ConfigVersion>> ConfigVersions::newest_of_file() {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("SELECT number, config, text_hash, source, actor, origin, loaded_at "
                         "FROM config_versions WHERE source IN ('file', 'sighup') "
                         "ORDER BY number DESC LIMIT 1"));
  TRY_ASSIGN(auto found, read_all(std::move(rows)));
  return first(std::move(found));
}

Result<api::ConfigVersion> ConfigVersions::get(std::int64_t number) {
  if (number >= 1 && number < INT64_MAX) {
    TRY_ASSIGN(auto found, list(number + 1, 1));
    if (!found.empty() && found.front().number == number) return std::move(found.front());
  }
  return fail(Code::not_found,
              "There is no configuration version " + std::to_string(number) +
                  ". GET /v1/config/versions lists what there is.",
              "version");
}

Result<std::string> ConfigVersions::text(const api::ConfigVersion& version) {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("SELECT text FROM config_versions WHERE number = ?1"));
  rows.bind(1, version.number);
  TRY_ASSIGN(const bool found, rows.step());
  if (!found) return fail(Code::not_found, "The configuration version is gone.");
  return vault_.open_sealed(place(std::to_string(version.number)), rows.text(0));
}

Status ConfigVersions::insert(const api::ConfigVersion& version, std::string_view sealed) {
  TRY_ASSIGN(store::Statement insert,
             db_.prepare("INSERT INTO config_versions (number, config, text_hash, text, source, "
                         "actor, origin, loaded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  insert.bind(1, version.number).bind(2, version.config).bind(3, version.text_hash);
  insert.bind_blob(4, sealed).bind(5, version.source).bind(6, version.actor);
  insert.bind(7, version.origin);
  insert.bind(8, std::int64_t{version.loaded_at.time_since_epoch().count()});
  return insert.run();
}

Result<api::ConfigVersion> ConfigVersions::add(api::ConfigVersion version, std::string_view text,
                                               const access::Actor& actor) {
  TRY_ASSIGN(const auto last, newest());
  version.number = last ? last->number + 1 : 1;
  if (version.origin == 0) version.origin = version.number;
  const std::string number = std::to_string(version.number);
  TRY_ASSIGN(const std::string sealed, vault_.seal(place(number), text));
  TRY(db_.transaction([&]() -> Status {
    TRY(insert(version, sealed));
    const std::string action = "config." + version.source, before = last ? last->text_hash : "";
    return audit_.record(actor, {access::kSystemChain, action, number, before, version.text_hash});
  }));
  return version;
}

}  // namespace maester::app
