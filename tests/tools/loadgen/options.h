// What the load driver was asked to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/net.h"

namespace maester::rig {

struct Options {
  Address server;
  std::string path;
  std::string protocol = "openai";  // openai | anthropic
  std::size_t connections = 64;     // open loop: at most so many
  double duration_s = 10, warmup_s = 0;
  std::uint64_t requests = 0;  // stop after so many; 0 = by time only
  double rate = 0;             // requests a second; 0 = closed loop
  std::vector<std::string> models = {"plain"};
  std::size_t body_bytes = 0;  // of the whole body; 0 = short
  std::string body_file;       // a body of one's own; {{n}} becomes the request's number
  std::int64_t max_tokens = 0;
  std::uint32_t stream_percent = 0, cancel_percent = 0;
  bool include_usage = false;
  std::int64_t expect_chunks = -1;
  std::vector<std::string> headers;
  std::uint64_t seed = 1;
  std::uint64_t timeout_ms = 30'000;
  std::string acks;  // journal of what was promised
  bool sync = false;
  std::string output = "table";
};

}  // namespace maester::rig
