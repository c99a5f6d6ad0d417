// A surface: how one route reads its request and writes its answer. Pure: no I/O, no clock. One
// instance serves all cores.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/chat.h"
#include "gateway/provider.h"

namespace maester::gateway {

struct Call;

// Writes one streamed answer in the surface's form. When the provider speaks the surface's own
// protocol its bytes are forwarded and append_events() is not called.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  virtual void append_events(std::string& out, const std::vector<StreamEvent>& events) = 0;
  // What follows the last event of a good answer: usage if it was written here, the `maester`
  // object, the end marker.
  virtual void append_end(std::string& out, const Call& call) = 0;
  // The event that ends a broken stream; no end marker follows.
  virtual void append_error(std::string& out, const Call& call, const Error& error) = 0;
};

class Surface {
 public:
  virtual ~Surface() = default;
  virtual Protocol protocol() const = 0;

  // Reads call.body into call.chat and call.options, sets call.pass_through. Errors are the
  // caller's fault and name the field.
  virtual Status read(Call& call) const = 0;
  // Input tokens for the request budget's estimate.
  virtual std::int64_t estimate_input_tokens(const Call& call) const = 0;
  // The code of a refusal by the request budget: its status and shape differ by route.
  virtual Error budget_refusal(const Call& call) const = 0;

  // The whole body of a good answer.
  virtual std::string write_answer(const Call& call) const = 0;

  // Null when the surface has no streams.
  virtual std::unique_ptr<StreamWriter> stream_writer(const Call&) const { return nullptr; }
};

}  // namespace maester::gateway
