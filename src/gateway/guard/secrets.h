// Secrets by their public shapes: keys with a vendor's prefix, private keys, tokens, credentials in
// addresses and in assignments, and strings too random to be words where the surroundings say what
// they are.
//
// A shape alone is not enough where it has placeholders ("sk-xxxxxxxx"): the variable part must
// look drawn, not typed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

std::span<const std::string_view> secret_kinds();
bool is_secret_kind(std::string_view kind);

// `kinds` empty = all.
std::unique_ptr<Scanner> make_secret_scanner(std::span<const std::string> kinds);

}  // namespace maester::gateway::guard
