// From what was asked and what the spec says to a list of steps that put bytes on a socket.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fakeprovider/asked.h"
#include "fakeprovider/fixtures.h"
#include "fakeprovider/spec.h"

namespace maester::rig {

enum class Act : std::uint8_t {
  send,   // bytes
  stamp,  // a numbered chunk, made when it is sent
  again,  // bytes, and this step again
  hang,   // nothing more; waits for the client to leave
  close,
  reset,
};

struct Step {
  Act act = Act::send;
  std::uint64_t delay_ns = 0;  // before it, counted from when the last step was due
  std::string bytes = {};
  std::uint32_t index = 0;  // Act::stamp
  std::uint32_t bills = 0;  // output tokens that count as billed once it is sent
};

struct Reply {
  int status = 200;
  std::int64_t input_tokens = 0, output_tokens = 0;  // what the provider bills when all is sent
  bool keep_alive = true;
  bool one_byte = false;  // each byte with a send() of its own
  bool whole = true;      // false: the fault itself breaks the answer off
  std::size_t pad = 0;
  std::vector<Step> steps;
};

// `id` names the answer ("c12-3"); `roll` is this request's random number.
Reply make_reply(const Asked& asked, const Spec& spec, const Fixtures& fixtures,
                 const std::string& id, std::uint64_t roll);
// A plain JSON answer, for the control routes and refusals.
Reply json_reply(int status, std::string_view body);

// The bytes of a `stamp` step: one chunk of the coding.
std::string stamped_chunk(Api api, const std::string& id, const std::string& model,
                          std::uint32_t index, std::uint64_t now_ns, std::size_t pad);

}  // namespace maester::rig
