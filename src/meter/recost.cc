#include "meter/recost.h"

#include <algorithm>
#include <future>

#include "base/thread.h"
#include "meter/cost.h"
#include "meter/record_decoder.h"

namespace maester::meter {
namespace {

constexpr std::size_t kBatch = 2048;  // records between looks at the stop
constexpr std::size_t kRemembered = 16;

// A process that died left no usage, only the reservation that was charged.
bool has_usage(const Settlement& settlement) {
  return settlement.error_class != "process_ended";
}

}  // namespace

void RecostSums::add(const RecostSums& other) {
  attempts += other.attempts;
  changed += other.changed;
  unpriced += other.unpriced;
  before += other.before;
  after += other.after;
}

std::string_view to_string(RecostState state) {
  switch (state) {
    case RecostState::running:
      return "running";
    case RecostState::done:
      return "done";
    case RecostState::stopped:
      return "stopped";
    case RecostState::failed:
      break;
  }
  return "failed";
}

Status RecostRunner::start(std::string id, RecostRequest request,
                           const std::function<Status()>& commit) {
  std::lock_guard lock(mutex_);
  if (busy_ || stopping_) {
    return fail(Code::conflict, "Another re-costing runs; wait for it and start this one again.");
  }
  if (commit) TRY(commit());
  if (thread_.joinable()) thread_.join();  // has ended, or tells so
  busy_ = true;
  RecostRun run;
  run.id = std::move(id);
  run.dry_run = request.dry_run;
  run.price_version = request.price_version;
  run.from = request.from;
  run.to = request.to;
  run.started_at = clock_.wall();
  runs_.push_back(std::move(run));
  if (runs_.size() > kRemembered) runs_.erase(runs_.begin());
  thread_ = std::thread([this, request = std::move(request)]() mutable {
    name_background_thread("recost");
    work(std::move(request));
  });
  return {};
}

Result<RecostRun> RecostRunner::find(std::string_view id) const {
  std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(runs_, id, &RecostRun::id);
  if (found == runs_.end()) return fail(Code::not_found, "There is no re-costing with this id.");
  return *found;
}

std::vector<RecostRun> RecostRunner::runs() const {
  std::lock_guard lock(mutex_);
  return {runs_.rbegin(), runs_.rend()};
}

void RecostRunner::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void RecostRunner::work(RecostRequest request) {
  seen_.clear();
  Status done = wait_until_projected();
  if (done) done = all_lanes(request);
  if (done && !request.dry_run) done = wait_until_projected();
  RecostRun over;
  {
    std::lock_guard lock(mutex_);
    RecostRun& run = runs_.back();
    run.state = done ? RecostState::done : RecostState::failed;
    if (!done) run.error = done.error().message;
    if (stopping_) run.state = RecostState::stopped;
    over = run;
    busy_ = false;
  }
  if (told_) told_(over);
}

Status RecostRunner::all_lanes(const RecostRequest& request) {
  const store::Positions end = journal_.written();  // not the corrections of this run
  RecordDecoder decoder;
  for (std::uint32_t lane = 0; lane < end.size(); ++lane) {
    std::uint64_t at = 0;
    while (at < end[lane] && !stopping_) {
      std::vector<Settlement> batch;
      TRY_ASSIGN(const std::size_t read,
                 journal_.read(lane, at, kBatch, [&](const store::Record& record) {
                   at = record.sequence;
                   if (record.kind != store::RecordKind::settlement || at > end[lane]) return;
                   auto settlement = decoder.settlement(record.payload);
                   if (!settlement || !settlement->dispatched) return;
                   if (settlement->at < request.from || settlement->at >= request.to) return;
                   settlement->receipt.clear();
                   batch.push_back(std::move(*settlement));
                 }));
      if (read == 0) break;
      {
        std::lock_guard lock(mutex_);
        runs_.back().records_read += static_cast<std::int64_t>(read);
      }
      TRY(settle(request, std::move(batch)));
    }
  }
  return {};
}

Status RecostRunner::settle(const RecostRequest& request, std::vector<Settlement> batch) {
  std::vector<Correction> corrections;
  for (Settlement& s : batch) {
    if (!has_usage(s)) {
      std::lock_guard lock(mutex_);
      ++runs_.back().kept;
      continue;
    }
    const RecostPrice found = request.price(s);
    std::optional<FemtoUsd> after;
    if (found.price) {
      // A price per request is one for every call that was answered.
      s.usage.requests = found.price->has(PriceField::request) && s.outcome != Outcome::failed;
      after = price_usage(*found.price, s.usage, s.cost_options).total;
    }
    RecostSums one;
    if (!after) {
      one.unpriced = 1;
      count(s, one);
      continue;
    }
    *after += s.components;
    TRY_ASSIGN(const auto earlier,
               usage_.tenant(s.dimensions.tenant).corrections(s.dimensions.tenant, s.request_id));
    std::optional<FemtoUsd> before = s.cost;
    for (const CorrectionRow& row : earlier) {
      if (row.attempt == s.attempt) before = before.value_or(FemtoUsd()) + row.delta;
    }
    one.attempts = 1;
    one.before = before.value_or(FemtoUsd());
    one.after = *after;
    one.changed = !before || *before != *after ? 1 : 0;
    count(s, one);
    if (one.changed == 0) continue;
    // A record that stands twice counts once.
    if (!seen_.insert(s.request_id + '/' + std::to_string(s.attempt)).second) continue;
    corrections.push_back({.request_id = s.request_id,
                           .attempt = s.attempt,
                           .at = s.at,
                           .made_at = clock_.wall(),
                           .dimensions = std::move(s.dimensions),
                           .delta = one.after - one.before,
                           .newly_priced = !before,
                           .price_version = found.version});
  }
  return request.dry_run || corrections.empty() ? Status() : append(corrections);
}

// A lane is written by its core only.
Status RecostRunner::append(const std::vector<Correction>& corrections) {
  std::promise<Status> promise;
  auto done = promise.get_future();
  core_.post([&] {
    Status appended;
    std::uint64_t last = 0;
    const std::uint32_t lane = core_.index();
    for (const Correction& correction : corrections) {
      auto one = journal_.append(lane, store::RecordKind::note, encode(correction));
      if (!one) return promise.set_value(fail(std::move(one).error()));
      last = one->sequence;
    }
    journal_.when_durable(lane, last,
                          [&promise](Status durable) { promise.set_value(std::move(durable)); });
  });
  return done.get();
}

Status RecostRunner::wait_until_projected() {
  std::promise<Status> promise;
  auto done = promise.get_future();
  usage_.catch_up(journal_.written(),
                  [&promise](Status reached) { promise.set_value(std::move(reached)); });
  return done.get();
}

void RecostRunner::count(const Settlement& settlement, const RecostSums& one) {
  std::lock_guard lock(mutex_);
  RecostRun& run = runs_.back();
  run.total.add(one);
  run.models[{settlement.dimensions.provider, settlement.dimensions.upstream_model}].add(one);
}

}  // namespace maester::meter
