// What server and client share: header lists, statuses, and limits (RULES.md §7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace maester::wire {

// One header field. Names compare without case; both were checked against RFC 9110 on the way in,
// and are refused on the way out when they hold CR, LF or NUL.
struct Header {
  std::string name;
  std::string value;
};

// In order of arrival. Cleared lists keep their strings' memory, so that a connection's next head
// costs no allocation.
class Headers {
 public:
  using Iterator = std::vector<Header>::const_iterator;
  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields), size_(fields.size()) {}
  Headers(const Headers& other) : fields_(other.begin(), other.end()), size_(other.size_) {}
  Headers(Headers&& other) noexcept
      : fields_(std::move(other.fields_)), size_(std::exchange(other.size_, 0)) {}
  Headers& operator=(Headers other) noexcept {
    fields_.swap(other.fields_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Headers() = default;

  // The first field of that name, "" when none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  void reserve(std::size_t fields) { fields_.reserve(fields); }
  void add(std::string name, std::string value);
  void append(std::string_view name, std::string_view value);  // copies into memory kept by clear()
  void set(std::string name, std::string value);               // replaces all of that name
  void remove(std::string_view name);
  Iterator begin() const { return fields_.begin(); }
  Iterator end() const { return fields_.begin() + static_cast<std::ptrdiff_t>(size_); }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }

 private:
  std::vector<Header> fields_;  // those from size_ on are spare
  std::size_t size_ = 0;
};

bool equals_ignore_case(std::string_view a, std::string_view b);
std::string_view reason_phrase(int status);
// "Fri, 20 Nov 2026 23:21:28 GMT" (RFC 9110 §5.6.7).
std::string format_http_date(WallTime time);

struct ServerLimits {
  std::size_t request_line = 8 * 1024;
  std::size_t headers_total = 32 * 1024;
  std::size_t header_one = 8 * 1024;
  std::size_t header_count = 100;
  std::size_t connections = 10'000;
  std::size_t write_buffer = 64 * 1024;  // back-pressure beyond
  milliseconds tls_handshake{5'000};
  milliseconds header_wait{10'000};  // from the first byte of a request to the end of its head
  milliseconds body_idle{15'000};
  std::size_t body_min_rate = 1024;  // bytes a second, after 5 s
  milliseconds keep_alive_idle{75'000};
  milliseconds write_stall{60'000};
};

}  // namespace maester::wire
