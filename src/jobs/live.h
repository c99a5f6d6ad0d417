// What this process knows of the jobs that it runs, before it is durable: the step that runs, how
// far it is, when its handler last gave a sign of life. Thread-safe, never blocks on SQL.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "jobs/queue.h"

namespace maester::jobs {

// One running job.
class Live {
 public:
  Live(std::string tenant, std::string id, std::int64_t epoch, MonoTime now)
      : tenant_(std::move(tenant)), id_(std::move(id)), epoch_(epoch), sign_(now) {}
  const std::string& tenant() const { return tenant_; }
  const std::string& id() const { return id_; }
  std::int64_t epoch() const { return epoch_; }

  // The lease is another's, or nobody's: what the handler does is for nothing.
  void revoke() { revoked_.store(true, std::memory_order_release); }
  bool revoked() const { return revoked_.load(std::memory_order_acquire); }
  void sign_of_life(MonoTime now);
  MonoTime last_sign() const;

  void begin_step(std::string_view name, WallTime now);
  void progress(std::int64_t done, std::int64_t total);
  void end_step();
  std::optional<Step> step() const;         // the one that runs
  bool unsaved() const;                     // it changed since the last take_unsaved_step()
  std::optional<Step> take_unsaved_step();  // it, when it did

 private:
  const std::string tenant_, id_;
  const std::int64_t epoch_;
  std::atomic<bool> revoked_{false};
  mutable std::mutex mutex_;
  MonoTime sign_;
  std::optional<Step> step_;
  bool unsaved_ = false;
};

// All of them.
class LiveJobs {
 public:
  void add(std::shared_ptr<Live> live);
  void remove(const Live& live);  // unless its place was taken by a later lease
  std::shared_ptr<Live> find(std::string_view tenant, std::string_view id) const;
  std::vector<std::shared_ptr<Live>> all() const;
  void revoke(std::string_view tenant, std::string_view id);
  void revoke_tenant(std::string_view tenant);
  // Puts the running step into what was read of the job.
  void overlay(Job& job) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Live>> jobs_;
};

}  // namespace maester::jobs
