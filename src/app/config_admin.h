// Changes the configuration of the running server: validates first, stores the version, then
// replaces everything that hangs on it at once. What does not load changes nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "access/audit.h"
#include "access/release_guard.h"
#include "api/config_service.h"
#include "app/config_source.h"
#include "app/config_versions.h"
#include "app/transports.h"
#include "gateway/routing/publisher.h"
#include "obs/log.h"

namespace maester::app {

// Blocking. REQUIRES: all on the thread that owns control.db, one call at a time.
class ConfigAdmin final : public api::ConfigService {
 public:
  // Decides what the server starts with: the file's `text`; or, when the file is what it was at its
  // last load, the version that the API put in force since. `database` and the others must outlive
  // this.
  static Result<std::unique_ptr<ConfigAdmin>> open(store::Database& database, access::Vault& vault,
                                                   access::AuditLog& audit, const Clock& clock,
                                                   obs::Log& log, ConfigSource source,
                                                   std::string_view text);
  const gateway::Config& config() const { return running_.config; }

  // What takes a new configuration besides the snapshot; fails without having changed anything.
  using Applied = std::function<Status(const gateway::Config&)>;
  void attach(gateway::SnapshotPublisher& publisher, Transports& transports, Applied also);

  // Who is asked before models, routes, policies and tools change (config_releases.h); nobody
  // without.
  void guard_with(access::ReleaseGuard& guard) { guard_ = &guard; }

  // SIGHUP: the file as it stands now.
  Result<api::ConfigOutcome> reload();

  Result<api::ConfigText> show(std::optional<std::int64_t> number) override;
  Result<std::vector<api::ConfigVersion>> list(std::int64_t before, std::size_t limit) override;
  Result<api::ConfigOutcome> put(std::string_view toml, std::optional<std::int64_t> expected,
                                 const access::By& by) override;
  Result<api::ConfigOutcome> rollback(std::optional<std::int64_t> number,
                                      std::optional<std::int64_t> expected,
                                      const access::Actor& actor) override;

 private:
  struct Running {
    gateway::Config config;
    std::string text;
    api::ConfigVersion version;
  };
  ConfigAdmin(ConfigVersions versions, const Clock& clock, obs::Log& log, ConfigSource source)
      : versions_(versions), clock_(clock), log_(log), source_(std::move(source)) {}
  Status check_expected(std::optional<std::int64_t> expected) const;
  Status start(std::string_view file_text);
  Result<bool> start_with_stored(std::string_view file_text, const gateway::Config& of_file);
  Result<api::ConfigVersion> version_for(const gateway::Config& config, std::string_view text,
                                         api::ConfigVersion from, const access::Actor& actor);
  Result<api::ConfigOutcome> apply(std::string text, api::ConfigVersion from, const access::By& by);
  Result<api::ConfigOutcome> refuse(const Problems& problems, std::string_view source);

  ConfigVersions versions_;
  const Clock& clock_;
  obs::Log& log_;
  ConfigSource source_;
  Running running_;
  access::AllowAll open_;
  access::ReleaseGuard* guard_ = &open_;
  gateway::SnapshotPublisher* publisher_ = nullptr;
  Transports* transports_ = nullptr;
  Applied also_;
};

}  // namespace maester::app
