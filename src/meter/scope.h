// Whom a budget or a limit covers.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::meter {

using Tags = std::vector<std::pair<std::string, std::string>>;

// Every member that is set must hold; "" = whoever. "*" (in a key, user, model or a tag's value) =
// each value by itself, with a counter of its own, one that was never seen before included; a
// request that names none is not covered.
struct Scope {
  std::string tenant;  // always set, never "*"
  std::string key{};   // a key's id
  std::string user{};
  std::string route{};
  std::string prompt{};
  std::string model{};  // as requested; limits only
  Tags tags{};
  bool operator==(const Scope&) const = default;
};

// A request as budgets and limits see it. Views: whatever they show must outlive the call.
struct Spender {
  std::string_view tenant{}, key{}, user{}, route{}, prompt{}, model{};
  std::span<const std::pair<std::string, std::string>> tags{};
};

bool covers(const Scope& scope, const Spender& spender);

// Which counter of a scope with "*" is the spender's: the values that the stars stand for. "" for a
// scope without one. REQUIRES: covers(scope, spender).
std::string subject_of(const Scope& scope, const Spender& spender);
bool has_subjects(const Scope& scope);

// "tenant acme, user *": for people.
std::string describe(const Scope& scope);

// {"tenant": .., "key": .., "tag": {..}}; what is not set is left out.
void write(json::Writer& w, const Scope& scope);
// Reads that form; a missing tenant is `tenant`. Code::invalid_request names the field at fault.
Result<Scope> read_scope(const json::Value& value, std::string_view tenant, bool with_model);

}  // namespace maester::meter
