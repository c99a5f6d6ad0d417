#include "jobs/live.h"

#include <algorithm>

namespace maester::jobs {

void Live::sign_of_life(MonoTime now) {
  const std::lock_guard lock(mutex_);
  sign_ = now;
}

MonoTime Live::last_sign() const {
  const std::lock_guard lock(mutex_);
  return sign_;
}

void Live::begin_step(std::string_view name, WallTime now) {
  const std::lock_guard lock(mutex_);
  step_ = Step{.name = std::string(name), .state = State::running, .started_at = now};
  unsaved_ = true;
}

void Live::progress(std::int64_t done, std::int64_t total) {
  const std::lock_guard lock(mutex_);
  if (!step_) return;
  unsaved_ |= step_->done != done || step_->total != total;
  step_->done = done;
  step_->total = total;
}

void Live::end_step() {
  const std::lock_guard lock(mutex_);
  step_.reset();
  unsaved_ = false;
}

std::optional<Step> Live::step() const {
  const std::lock_guard lock(mutex_);
  return step_;
}

bool Live::unsaved() const {
  const std::lock_guard lock(mutex_);
  return unsaved_;
}

std::optional<Step> Live::take_unsaved_step() {
  const std::lock_guard lock(mutex_);
  return std::exchange(unsaved_, false) ? step_ : std::nullopt;
}

void LiveJobs::add(std::shared_ptr<Live> live) {
  const std::lock_guard lock(mutex_);
  std::pair key(live->tenant(), live->id());
  jobs_.insert_or_assign(std::move(key), std::move(live));
}

void LiveJobs::remove(const Live& live) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find({live.tenant(), live.id()});
  if (found != jobs_.end() && found->second.get() == &live) jobs_.erase(found);
}

std::shared_ptr<Live> LiveJobs::find(std::string_view tenant, std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find({std::string(tenant), std::string(id)});
  return found == jobs_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Live>> LiveJobs::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Live>> out;
  for (const auto& [key, live] : jobs_) out.push_back(live);
  return out;
}

void LiveJobs::revoke(std::string_view tenant, std::string_view id) {
  if (const auto live = find(tenant, id)) live->revoke();
}

void LiveJobs::revoke_tenant(std::string_view tenant) {
  for (const auto& live : all()) {
    if (live->tenant() == tenant) live->revoke();
  }
}

void LiveJobs::overlay(Job& job) const {
  if (job.state != State::running) return;
  const auto live = find(job.tenant, job.id);
  if (live == nullptr || live->revoked()) return;
  std::optional<Step> step = live->step();
  if (!step) return;
  const auto same = [&](const Step& one) { return one.name == step->name; };
  const auto found = std::find_if(job.steps.begin(), job.steps.end(), same);
  if (found == job.steps.end()) {
    job.steps.push_back(std::move(*step));
  } else {
    *found = std::move(*step);
  }
}

}  // namespace maester::jobs
