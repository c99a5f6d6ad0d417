#include "fakeprovider/calls.h"

#include "common/http1.h"
#include "common/net.h"

namespace maester::rig {
namespace {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::complete:
      return "complete";
    case Outcome::cut:
      return "cut";
    case Outcome::client_closed:
      return "client-closed";
    case Outcome::open:
      break;
  }
  return "open";
}

// The last four characters of "Bearer KEY" or of a bare key.
std::string_view last_four(std::string_view credential) {
  return credential.size() <= 4 ? std::string_view{} : credential.substr(credential.size() - 4);
}

}  // namespace

void Calls::begin(const Call&) {
  started_.fetch_add(1, std::memory_order_relaxed);
  active_.fetch_add(1, std::memory_order_relaxed);
}

void Calls::end(const Call& call, Outcome outcome) {
  active_.fetch_sub(1, std::memory_order_relaxed);
  auto& counter = outcome == Outcome::complete ? complete_
                  : outcome == Outcome::cut    ? cut_
                                               : client_closed_;
  counter.fetch_add(1, std::memory_order_relaxed);
  if (outcome == Outcome::client_closed) last_close_wall_ns_ = wall_ns();
  if (!journalled()) return;
  std::string line = "{\"start_ns\":" + std::to_string(call.start_wall_ns);
  line += ",\"end_ns\":" + std::to_string(wall_ns());
  line += ",\"connection\":" + std::to_string(call.connection);
  line += ",\"number\":" + std::to_string(call.number);
  line += ",\"path\":" + quoted(call.path);
  line += ",\"request_id\":" + quoted(call.request_id);
  line += ",\"attempt\":" + quoted(call.attempt);
  line += ",\"credential\":" + quoted(last_four(call.credential));
  line += ",\"model\":" + quoted(call.model);
  line += ",\"stream\":" + std::string(call.stream ? "true" : "false");
  line += ",\"status\":" + std::to_string(call.status);
  line += ",\"input_tokens\":" + std::to_string(call.input_tokens);
  line += ",\"output_tokens\":" + std::to_string(call.output_tokens);
  line += ",\"body_bytes\":" + std::to_string(call.body_bytes);
  line += ",\"outcome\":\"" + std::string(name_of(outcome)) + "\"}";
  file_.add(line);
}

std::string Calls::stats_json() const {
  const auto member = [](std::string_view name, const std::atomic<std::uint64_t>& value) {
    return "\"" + std::string(name) + "\":" + std::to_string(value.load(std::memory_order_relaxed));
  };
  return "{" + member("requests", started_) + "," + member("active", active_) + "," +
         member("complete", complete_) + "," + member("cut", cut_) + "," +
         member("client_closed", client_closed_) + "," +
         member("last_client_close_ns", last_close_wall_ns_) + "," +
         member("connections_open", connections_open) + "," +
         member("connections_total", connections_total) + "}";
}

void Calls::reset() {
  started_ = complete_ = cut_ = client_closed_ = last_close_wall_ns_ = 0;
}

}  // namespace maester::rig
