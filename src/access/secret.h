// A secret in memory: wiped when it dies, compared in constant time, and without any way into a
// stream, a log line or JSON but the explicit reveal() and masked(). (Both deleted operators are
// there so that an attempt is an error of the compiler with this line in it.)
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace maester::access {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  Secret& operator=(Secret other) noexcept {
    value_.swap(other.value_);
    return *this;
  }
  ~Secret() { wipe(); }

  std::string_view reveal() const { return value_; }
  // "sec_...a1b2": what a person may see to tell one from another; nothing of a short one.
  std::string masked() const;
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret& other) const { return equal_constant_time(value_, other.value_); }

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;
  operator std::string_view() const = delete;

 private:
  void wipe();
  std::string value_;
};

}  // namespace maester::access
