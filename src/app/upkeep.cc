#include "app/upkeep.h"

#include <unistd.h>

#include <ctime>

namespace maester::app {
namespace {

// Reads the file again, on the thread that owns control.db. What came of it is in the log.
void reload(Parts& parts) {
  const bool taken = parts.control_pool->submit([&parts] {
    if (const auto done = parts.config->reload(); !done) {
      parts.log->event(obs::Level::error, "config_refused")
          .field("source", "sighup")
          .field("reason", done.error().message)
          .field("detail", done.error().detail);
    }
  });
  if (!taken) parts.log->event(obs::Level::error, "config_refused").field("reason", "overloaded");
}

// The audit log's heads, told from the thread that owns its database.
void anchor_audit(Parts& parts) {
  (void)parts.control_pool->submit([&parts] {
    if (Status told = parts.anchor->tell(); !told) {
      parts.log->event(obs::Level::error, "audit_anchor_failed")
          .field("reason", told.error().message)
          .field("detail", told.error().detail);
    }
  });
}

// A re-costing that the last process did not finish. REQUIRES: the cores run and nobody uses
// control.db yet.
void resume_recosting(Parts& parts) {
  const auto left = parts.recosting->resume();
  if (!left) {
    parts.log->event(obs::Level::error, "recosting_not_resumed")
        .field("reason", left.error().message);
  } else if (*left > 0) {
    parts.log->event(obs::Level::info, "recosting_resumed");
  }
}

// Imported prices whose time has come; on the control thread, whose database they are in.
void publish_prices(Parts& parts) {
  const bool queued = parts.control_pool->submit([&parts] {
    const auto version = parts.publisher->publish();
    if (version) {
      parts.log->event(obs::Level::info, "prices_in_force").field("price_version", *version);
    } else {
      parts.log->event(obs::Level::error, "prices_not_in_force")
          .field("reason", version.error().message);
    }
  });
  if (!queued) parts.log->event(obs::Level::error, "prices_not_in_force");
}

}  // namespace

sigset_t take_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, one);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void start_parts(Parts& parts) {
  parts.usage->start();
  parts.cores->start();
  parts.watch->start();
  resume_recosting(parts);
}

bool stop_parts(Parts& parts) {
  anchor_audit(parts);
  parts.batches.pool.reset();  // runs what is queued
  parts.recosts->stop();
  parts.backups->stop();
  parts.backup_pool.reset();   // it waits for the control thread
  parts.control_pool.reset();  // runs what is queued
  parts.watch->stop();
  parts.cores->stop();
  parts.usage->stop();
  return parts.journal->close().has_value();
}

void wait_for_end(Parts& parts, const sigset_t& signals, const std::function<bool()>& done) {
  while (!done()) {
    const timespec second{1, 0};
    const int got = sigtimedwait(&signals, nullptr, &second);
    if (got == SIGTERM || got == SIGINT) return;
    if (got == SIGHUP) reload(parts);
    parts.ledger->expire();
    anchor_audit(parts);
    keep_batches(parts);
    if (parts.publisher->due()) publish_prices(parts);
  }
}

SecondSignal::SecondSignal(Parts& parts, const sigset_t& signals)
    : thread_([this, &parts, signals] {
        const timespec moment{0, 100'000'000};
        while (!over_) {
          const int got = sigtimedwait(&signals, nullptr, &moment);
          if (got == SIGTERM || got == SIGINT) {
            parts.log->event(obs::Level::warn, "stopped_at_once");
            parts.log->flush();
            ::_exit(1);
          }
        }
      }) {}

SecondSignal::~SecondSignal() {
  over_ = true;
  thread_.join();
}

}  // namespace maester::app
