// Structured logs: one JSON object a line, of typed fields (THREATS.md R7). Bodies, headers and
// secrets never get here: there is no call that takes them.
//
//   log.event(Level::info, "model_routed").field("requested_model", m).field("fallback_used",
//   false);
//
// The line is emitted when the builder dies. Writing is done by one background thread in batches:
// an event costs the caller its formatting and an append under a short lock. When the writer falls
// behind by more than 8 MiB, lines are dropped and counted (`log_dropped`); a field's text is cut
// at 4 KiB. Thread-safe; nothing here suspends or fails.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/money.h"
#include "codec/json_writer.h"

namespace maester::obs {

enum class Level : std::uint8_t { debug, info, warn, error };

class Log;

class LogEvent {
 public:
  LogEvent(Log* log, Level level, std::string_view name);
  ~LogEvent();
  LogEvent(const LogEvent&) = delete;
  template <std::size_t N, class T>
  LogEvent& field(const char (&key)[N], const T& value) {
    if (log_ == nullptr) return *this;
    line_.key(key);
    put(value);
    return *this;
  }

 private:
  void put(std::string_view value);
  void put(const char* value) { put(std::string_view(value)); }
  void put(bool value) { line_.value(value); }
  void put(double value) { line_.value(value); }
  void put(FemtoUsd value) { line_.value(value); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  void put(T value) {
    line_.value(value);
  }
  Log* log_;  // null = below the level
  std::string text_;
  json::Writer line_{text_};
};

class Log {
 public:
  // Writes to the descriptor (2 = standard error), which it does not own.
  Log(const Clock& clock, int fd, Level least);
  ~Log();  // writes what is queued
  Log(const Log&) = delete;

  LogEvent event(Level level, std::string_view name) {
    return LogEvent(level >= least_ ? this : nullptr, level, name);
  }
  bool enabled(Level level) const { return level >= least_; }
  void flush();  // blocks until every event that ended before it is written
  std::uint64_t dropped() const;

 private:
  friend class LogEvent;
  void submit(std::string_view line);
  struct Impl;
  const Clock& clock_;
  Level least_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace maester::obs
