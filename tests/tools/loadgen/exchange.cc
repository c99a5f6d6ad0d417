#include "loadgen/exchange.h"

#include <algorithm>

namespace maester::rig {

void Exchange::begin_answer() {
  status = 0;
  keep_alive = true;
  chunked = to_close = first_seen = false;
  left = 0;
  request_id.clear();
  in.clear();
  decoder.reset();
  check.begin();
}

Progress Exchange::take(std::string_view bytes, std::uint64_t now, Results& results) {
  if (phase == Phase::body) return take_body(bytes, now, results);
  const bool direct = in.empty();
  if (!direct) in.append(bytes);
  const std::string_view have = direct ? bytes : std::string_view(in);
  Head head;
  const Parse parsed = parse_response_head(have, head);
  if (parsed == Parse::bad) return Progress::broken;
  if (parsed == Parse::more) {
    if (direct) in.assign(bytes);
    return Progress::more;
  }
  if (head.status == 100) {
    const std::string rest(have.substr(head.length));
    in.clear();
    return rest.empty() ? Progress::more : take(rest, now, results);
  }
  status = head.status;
  keep_alive = head.keep_alive;
  chunked = head.chunked;
  left = head.content_length;
  to_close = !chunked && !head.has_content_length;
  request_id = head.field("x-maester-request-id");
  if (request_id.empty()) request_id = head.field("x-request-id");
  phase = Phase::body;
  if (direct) return take_body(bytes.substr(head.length), now, results);
  const std::string rest(have.substr(head.length));
  in.clear();
  return take_body(rest, now, results);
}

Progress Exchange::take_body(std::string_view bytes, std::uint64_t now, Results& results) {
  std::string_view content = bytes;
  bool whole = false;
  if (chunked) {
    decoded.clear();
    std::size_t used = 0;
    const Parse parsed = decoder.feed(bytes, used, decoded);
    if (parsed == Parse::bad) return Progress::broken;
    whole = parsed == Parse::done;
    content = decoded;
  } else if (!to_close) {
    content = bytes.substr(0, std::min<std::size_t>(bytes.size(), left));
    left -= content.size();
    whole = left == 0;
  }
  if (stream && status == 200 && !content.empty()) {
    check.feed(content, now, results.chunk_delay, results.chunks);
    if (!first_seen && check.any_event()) {
      first_seen = true;
      results.first_chunk.add(now - std::min(now, intended));
    }
  }
  return whole ? Progress::whole : Progress::more;
}

Progress Exchange::end_of_bytes() {
  return phase == Phase::body && to_close ? Progress::whole : Progress::broken;
}

}  // namespace maester::rig
