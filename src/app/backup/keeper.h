// The backups of a running server, in DATA/backups: making, listing, letting go.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "api/backup_service.h"
#include "app/backup/maker.h"
#include "base/random.h"
#include "obs/log.h"

namespace maester::app {

struct Parts;

class BackupKeeper final : public api::BackupService {
 public:
  // Tells who makes a backup, on the thread that owns control.db.
  using Tell = std::function<Status(const access::Actor& actor, const std::string& id)>;
  BackupKeeper(BackupSource source, Tell tell, const Clock& clock, Random& random, obs::Log& log);

  // Removes what is unfinished and finds the newest. REQUIRES: before anything else.
  Status open();
  Result<api::Backup> make(std::int64_t keep, const access::Actor& actor) override;
  Result<std::vector<api::Backup>> list() override;
  std::optional<WallTime> last() const override;
  void stop() { stopped_ = true; }  // what is being made is given up

 private:
  Result<api::Backup> make_one(const access::Actor& actor);
  Status remove(const std::string& id) const;
  void remove_unfinished() const;
  std::string path(const std::string& id) const { return directory_ + "/" + id; }

  BackupSource source_;
  Tell tell_;
  const std::string directory_;
  const Clock& clock_;
  Random& random_;
  obs::Log& log_;
  std::mutex one_;                     // held while one is made
  std::atomic<std::int64_t> last_{0};  // nanoseconds since 1970; 0 = none
  std::atomic<bool> stopped_{false};
};

// REQUIRES: everything of `parts` up to the knowledge engine is made.
Result<std::unique_ptr<BackupKeeper>> open_backups(Parts& parts);

}  // namespace maester::app
