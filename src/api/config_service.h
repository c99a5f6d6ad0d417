// The configuration in force and its versions, as the routes see them. Implemented in app/, which
// knows the file and its form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/release_guard.h"
#include "base/clock.h"
#include "base/result.h"

namespace maester::api {

// One accepted load.
struct ConfigVersion {
  std::int64_t number = 0;  // 1, 2, 3, ...
  std::string config;       // what receipts and x-maester-config name: 12 hexadecimal digits
  std::string text_hash;    // SHA-256 of the text, hexadecimal
  std::string source;       // file | sighup | api | rollback
  std::string actor;        // id of the key; "" for the program itself
  std::int64_t origin = 0;  // the version whose text this is: itself, or what was gone back to
  WallTime loaded_at{};
};

struct ConfigText {
  ConfigVersion version;
  std::string toml;  // secrets masked, references as they are
};

struct ConfigProblem {
  std::string file;
  std::uint32_t line = 0, column = 0;  // 0: about the text as a whole
  std::string message;
};

struct ConfigOutcome {
  std::vector<ConfigProblem> problems;  // not empty: nothing was changed
  ConfigVersion version;                // in force now
  bool changed = false;                 // false: this text was in force already
};

// Blocking. REQUIRES: on the thread that owns control.db.
class ConfigService {
 public:
  virtual ~ConfigService() = default;
  // Without a number: what is in force. Code::not_found.
  virtual Result<ConfigText> show(std::optional<std::int64_t> number) = 0;
  // The newest first, numbers below `before` only.
  virtual Result<std::vector<ConfigVersion>> list(std::int64_t before, std::size_t limit) = 0;
  // Code::version_conflict when `expected` is given and another version is in force.
  // Code::gate_refused when a gate does not let a part of it through.
  virtual Result<ConfigOutcome> put(std::string_view toml, std::optional<std::int64_t> expected,
                                    const access::By& by) = 0;
  // Without a number: what was in force before the current text. Code::not_found, Code::conflict
  // when there is nothing before.
  virtual Result<ConfigOutcome> rollback(std::optional<std::int64_t> number,
                                         std::optional<std::int64_t> expected,
                                         const access::Actor& actor) = 0;
};

}  // namespace maester::api
