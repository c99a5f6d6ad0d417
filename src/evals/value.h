// The values of a suite: what YAML, JSON and CSV give and templates reckon with. JavaScript's kinds
// and conversions, because suites are written for a runner that is JavaScript.
//
// A value knows where in its file it was written, so that an error can point there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::evals {

// Line and column from 1; 0 = not from a file.
struct Place {
  std::uint32_t line = 0, column = 0;
};

struct Member;

class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<Member>;  // in the order they were written

  Value();  // undefined
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();
  static Value null();
  static Value of(bool flag);
  static Value of(double number);
  static Value of(std::string text);
  static Value of(std::string_view text);
  static Value of(const char* text);
  static Value of(Array elements);
  static Value of(Object members);
  static Value object();

  bool exists() const { return data_.index() != 0; }
  bool is_null() const { return data_.index() == 1; }
  bool empty() const { return data_.index() < 2; }  // undefined or null
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_number() const { return std::holds_alternative<double>(data_); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_array() const { return std::holds_alternative<Array>(data_); }
  bool is_object() const { return std::holds_alternative<Object>(data_); }

  // Of another kind: false, NaN, "", nothing.
  bool boolean() const;
  double number() const;
  const std::string& string() const;
  const Array& array() const;
  const Object& members() const;

  // A member, an undefined value when there is none.
  const Value& get(std::string_view key) const;
  void set(std::string_view key, Value value);  // REQUIRES: an object
  void push(Value value);                       // REQUIRES: an array

  bool truthy() const;        // JavaScript's
  std::string text() const;   // String(value)
  double to_number() const;   // Number(value); NaN when it is none
  std::string shown() const;  // in a template's output: null and undefined are ""

  void append_json(json::Writer& out) const;  // undefined is null
  std::string json() const;                   // JSON.stringify(value)
  std::string pretty_json() const;            // with an indent of two

  Place place;

 private:
  std::variant<std::monostate, std::nullptr_t, bool, double, std::string, Array, Object> data_;
};

struct Member {
  std::string key;
  Value value;
};

inline Value::Value() = default;
inline Value::Value(const Value&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(const Value&) = default;
inline Value& Value::operator=(Value&&) noexcept = default;
inline Value::~Value() = default;

bool strictly_equal(const Value& a, const Value& b);  // ===, arrays and objects by value
bool loosely_equal(const Value& a, const Value& b);   // ==

Value from_json(const json::Value& value);
// Fails as json::Document::parse does.
Result<Value> parse_json(std::string_view text);

// The names of the kinds, for messages: "a number".
std::string_view kind_name(const Value& value);
// A number as JavaScript prints it: 1, 0.1, 1e+21, NaN.
std::string number_text(double number);

}  // namespace maester::evals
