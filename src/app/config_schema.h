// The one declaration of what maester.toml may hold: every table and key with its type, default,
// bounds and help text. The reader, `config schema`, `config explain` and
// docs/reference/configuration.md are all driven by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace maester::app {

enum class Type : std::uint8_t {
  text,       // a string; `${env:NAME}` and `${file:PATH}` are replaced in it
  secret,     // the same, never shown
  integer,    // within [min, max]
  flag,       // true or false
  money,      // a decimal in a string, USD; a float is refused
  choice,     // a string out of `choices`
  text_list,  // an array of strings
  secret_list,
  table,       // a table: `table` says what is in it
  table_list,  // an array of tables
  later,       // shown by the contract, refused by this version: `help` says what to do instead
};

struct Table;

struct Field {
  std::string_view name;
  Type type = Type::text;
  std::string_view help;
  std::string_view fallback;  // the default as text; "" = none
  bool required = false;
  std::int64_t min = 0, max = 0;
  std::span<const std::string_view> choices;
  std::span<const std::string_view> later;  // choices of later versions: refused by name
  const Table* table = nullptr;
};

struct Table {
  std::string_view title;  // as a message names it: "[[models]]"
  std::span<const Field> fields;
  // The place of a field in `fields`. REQUIRES: it is there.
  std::size_t index(std::string_view name) const;
};

const Table& config_schema();

}  // namespace maester::app
