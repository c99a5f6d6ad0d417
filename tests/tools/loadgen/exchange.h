// One connection of the driver and the answer that arrives on it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/http1.h"
#include "common/net.h"
#include "loadgen/results.h"
#include "loadgen/stream_check.h"

namespace maester::rig {

enum class Phase : std::uint8_t { closed, connecting, idle, head, body };

// What feeding bytes to an answer came to.
enum class Progress : std::uint8_t { more, whole, broken };

struct Exchange {
  Fd fd;
  Phase phase = Phase::closed;
  std::uint64_t retry_at = 0;  // after a refused connect, mono_ns

  // of the request under way
  std::uint64_t number = 0, intended = 0, began = 0;
  bool stream = false;
  std::uint64_t cancel_after = 0;  // events; 0 = to the end
  std::string out;
  std::size_t sent = 0;
  bool wants_write = false;

  // of its answer
  int status = 0;
  bool keep_alive = true, chunked = false, to_close = false, first_seen = false;
  std::uint64_t left = 0;  // of a body with a length
  std::string request_id;  // x-maester-request-id, else x-request-id (which may be an echo)
  std::string in;          // a head that is not whole
  std::string decoded;
  ChunkedDecoder decoder;
  StreamCheck check;

  bool busy() const {
    return phase == Phase::head || phase == Phase::body || phase == Phase::connecting;
  }
  // Forgets the last answer.
  void begin_answer();
  // Takes received bytes.
  Progress take(std::string_view bytes, std::uint64_t now, Results& results);
  // What the server closing the connection means now.
  Progress end_of_bytes();

 private:
  Progress take_body(std::string_view bytes, std::uint64_t now, Results& results);
};

}  // namespace maester::rig
