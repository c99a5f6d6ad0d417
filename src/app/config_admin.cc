#include "app/config_admin.h"

#include <utility>

#include "app/config_references.h"
#include "app/config_releases.h"
#include "app/config_restart.h"
#include "base/hash.h"

namespace maester::app {

Result<std::unique_ptr<ConfigAdmin>> ConfigAdmin::open(store::Database& database,
                                                       access::Vault& vault,
                                                       access::AuditLog& audit, const Clock& clock,
                                                       obs::Log& log, ConfigSource source,
                                                       std::string_view text) {
  TRY_ASSIGN(ConfigVersions versions, ConfigVersions::open(database, vault, audit));
  std::unique_ptr<ConfigAdmin> admin(new ConfigAdmin(versions, clock, log, std::move(source)));
  TRY(admin->start(text));
  return admin;
}

void ConfigAdmin::attach(gateway::SnapshotPublisher& publisher, Transports& transports,
                         Applied also) {
  publisher_ = &publisher;
  transports_ = &transports;
  also_ = std::move(also);
}

Status ConfigAdmin::start(std::string_view file_text) {
  auto loaded = source_.parse(file_text);
  if (!loaded) return fail(Code::invalid_request, to_string(loaded.error()));
  TRY_ASSIGN(const bool stored, start_with_stored(file_text, loaded->config));
  if (stored) return {};
  api::ConfigVersion from;
  from.source = "file";
  running_.config = std::move(loaded->config);
  running_.text = file_text;
  TRY_ASSIGN(running_.version,
             version_for(running_.config, file_text, from, access::Actor::program()));
  return {};
}

// A change that was acknowledged over the API survives a restart, until the file says otherwise.
Result<bool> ConfigAdmin::start_with_stored(std::string_view file_text,
                                            const gateway::Config& of_file) {
  TRY_ASSIGN(const auto newest, versions_.newest());
  TRY_ASSIGN(const auto newest_of_file, versions_.newest_of_file());
  if (!newest || !newest_of_file || newest->number == newest_of_file->number) return false;
  if (newest_of_file->text_hash != sha256_hex(file_text)) return false;
  TRY_ASSIGN(std::string text, versions_.text(*newest));
  auto loaded = source_.parse(text);
  const Problems problems =
      loaded ? needing_restart(of_file, *loaded, source_.name()) : std::move(loaded.error());
  if (!problems.empty()) {
    log_.event(obs::Level::warn, "stored_config_left")
        .field("version", newest->number)
        .field("reason", to_string(problems))
        .field("instead", source_.name());
    return false;
  }
  log_.event(obs::Level::info, "stored_config_resumed")
      .field("version", newest->number)
      .field("source", newest->source);
  running_ = {std::move(loaded->config), std::move(text), *newest};
  return true;
}

// The version that stands for this text: the one in force when the text is the same, else a new
// one.
Result<api::ConfigVersion> ConfigAdmin::version_for(const gateway::Config& config,
                                                    std::string_view text, api::ConfigVersion from,
                                                    const access::Actor& actor) {
  from.config = config.version;
  from.text_hash = sha256_hex(text);
  from.loaded_at = clock_.wall();
  TRY_ASSIGN(const auto newest, versions_.newest());
  if (newest && newest->text_hash == from.text_hash && newest->config == from.config &&
      from.source != "rollback") {
    return *newest;
  }
  return versions_.add(std::move(from), text, actor);
}

Result<api::ConfigOutcome> ConfigAdmin::refuse(const Problems& problems, std::string_view source) {
  api::ConfigOutcome out;
  out.version = running_.version;
  for (const Problem& one : problems) {
    out.problems.push_back({one.file, one.place.line, one.place.column, one.message});
    log_.event(obs::Level::error, "config_refused")
        .field("source", source)
        .field("reason", one.to_string())
        .field("in_force", running_.version.number);
  }
  return out;
}

Result<api::ConfigOutcome> ConfigAdmin::apply(std::string text, api::ConfigVersion from,
                                              const access::By& by) {
  const std::string source = from.source;
  auto loaded = source_.parse(text);
  if (!loaded) return refuse(loaded.error(), source);
  const Problems fixed = needing_restart(running_.config, *loaded, source_.name());
  if (!fixed.empty()) return refuse(fixed, source);

  api::ConfigVersion version;
  const auto commit = [&]() -> Status {
    std::vector<access::Release> releases = config_releases(running_.config, loaded->config);
    for (access::Release& one : releases) {
      one.rollback = source == "rollback";  // what is stored was in force
      one.actor = by.actor;
      one.role = by.role;
      one.reason = source;
      one.override_reason = by.override_reason;
    }
    return guard_->release(releases, [&]() -> Status {
      TRY(also_(loaded->config));
      auto stored = version_for(loaded->config, text, std::move(from), by.actor);
      if (!stored) {
        (void)also_(running_.config);  // it was taken before, so it is taken again
        return fail(std::move(stored.error()));
      }
      version = std::move(*stored);
      return {};
    });
  };
  const auto publish = [&]() -> Status {
    TRY_ASSIGN(auto transport_for, transports_->for_config(loaded->config));
    return publisher_->publish(loaded->config, std::move(transport_for), commit);
  };
  if (Status done = publish(); !done) {
    if (done.error().code == Code::invalid_request || done.error().code == Code::conflict)
      return refuse({{source_.name(), {}, done.error().message}}, source);
    return fail(std::move(done.error()));
  }
  transports_->prune();
  api::ConfigOutcome out;
  out.changed = version.number != running_.version.number;
  out.version = version;
  running_ = {std::move(loaded->config), std::move(text), std::move(version)};
  log_.event(obs::Level::info, "config_loaded")
      .field("version", out.version.number)
      .field("config_version", out.version.config)
      .field("source", source)
      .field("actor", out.version.actor)
      .field("changed", out.changed);
  return out;
}

Result<api::ConfigOutcome> ConfigAdmin::reload() {
  auto text = source_.read();
  if (!text) return refuse(text.error(), "sighup");
  api::ConfigVersion from;
  from.source = "sighup";
  return apply(std::move(*text), std::move(from), access::By{});
}

// Somebody else was faster: what the caller means to change is not what is in force.
Status ConfigAdmin::check_expected(std::optional<std::int64_t> expected) const {
  if (!expected || *expected == running_.version.number) return {};
  return fail(Code::version_conflict,
              "Configuration version " + std::to_string(running_.version.number) +
                  " is in force, not " + std::to_string(*expected) +
                  ": read it again, and send the change with its number in `if-match`.",
              "if-match");
}

Result<api::ConfigOutcome> ConfigAdmin::put(std::string_view toml,
                                            std::optional<std::int64_t> expected,
                                            const access::By& by) {
  TRY(check_expected(expected));
  const Problems foreign = foreign_references(toml, running_.text, source_.name());
  if (!foreign.empty()) return refuse(foreign, "api");
  api::ConfigVersion from;
  from.source = "api";
  from.actor = by.actor.key_id;
  return apply(std::string(toml), std::move(from), by);
}

Result<api::ConfigOutcome> ConfigAdmin::rollback(std::optional<std::int64_t> number,
                                                 std::optional<std::int64_t> expected,
                                                 const access::Actor& actor) {
  TRY(check_expected(expected));
  if (!number && running_.version.origin <= 1) {
    return fail(Code::conflict, "There is no configuration before the one in force.", "version");
  }
  TRY_ASSIGN(const api::ConfigVersion before,
             versions_.get(number.value_or(running_.version.origin - 1)));
  TRY_ASSIGN(std::string text, versions_.text(before));
  api::ConfigVersion from;
  from.source = "rollback";
  from.actor = actor.key_id;
  from.origin = before.origin;
  return apply(std::move(text), std::move(from), access::By{actor});
}

Result<api::ConfigText> ConfigAdmin::show(std::optional<std::int64_t> number) {
  api::ConfigText out;
  out.version = running_.version;
  if (number) {
    TRY_ASSIGN(out.version, versions_.get(*number));
  }
  std::string text = running_.text;
  if (out.version.number != running_.version.number) {
    TRY_ASSIGN(text, versions_.text(out.version));
  }
  TRY_ASSIGN(out.toml, mask_secrets(text));
  return out;
}

Result<std::vector<api::ConfigVersion>> ConfigAdmin::list(std::int64_t before, std::size_t limit) {
  return versions_.list(before, limit);
}

}  // namespace maester::app
