// How the schema's fields are written down, one call a field. Private to the schema's files.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "app/config_schema.h"

namespace maester::app::fields {

using Names = std::span<const std::string_view>;

constexpr Field field(std::string_view name, Type type, std::string_view help,
                      std::string_view fallback = "") {
  Field out;
  out.name = name;
  out.type = type;
  out.help = help;
  out.fallback = fallback;
  return out;
}
constexpr Field text(std::string_view name, std::string_view fallback, std::string_view help) {
  return field(name, Type::text, help, fallback);
}
constexpr Field required(Field out) {
  out.required = true;
  return out;
}
constexpr Field secret(std::string_view name, std::string_view help) {
  return field(name, Type::secret, help);
}
constexpr Field integer(std::string_view name, std::string_view fallback, std::int64_t min,
                        std::int64_t max, std::string_view help) {
  Field out = field(name, Type::integer, help, fallback);
  out.min = min;
  out.max = max;
  return out;
}
constexpr Field flag(std::string_view name, std::string_view help) {
  return field(name, Type::flag, help, "true");
}
constexpr Field money(std::string_view name, std::string_view help) {
  return field(name, Type::money, help);
}
constexpr Field choice(std::string_view name, std::string_view fallback, Names choices, Names later,
                       std::string_view help) {
  Field out = field(name, Type::choice, help, fallback);
  out.choices = choices;
  out.later = later;
  return out;
}
constexpr Field list(std::string_view name, Type type, std::string_view help) {
  return field(name, type, help);
}
constexpr Field nested(std::string_view name, Type type, const Table& table,
                       std::string_view help) {
  Field out = field(name, type, help);
  out.table = &table;
  return out;
}
constexpr Field later(std::string_view name, std::string_view help) {
  return field(name, Type::later, help);
}

}  // namespace maester::app::fields
