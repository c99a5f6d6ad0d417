// Any bytes as a chunked body: the payload, the end and the verdict do not depend on how they were
// split.
#include <string>

#include "wire/chunked.h"
#include "wire/fuzz_split.h"

namespace {

using namespace maester::wire;

struct Outcome {
  std::string payload;
  std::size_t consumed = 0;
  bool done = false, failed = false;
};

Outcome decode(std::string_view bytes, bool split) {
  ChunkDecoder decoder;
  Outcome outcome;
  fuzz::Splitter splitter(bytes);
  for (std::size_t at = 0; at < bytes.size() && !decoder.done() && !decoder.failed();) {
    const std::size_t n = split ? splitter.next(bytes.size() - at) : bytes.size();
    std::string piece(bytes.substr(at, n));
    const ChunkDecoder::Step step = decoder.decode(piece);
    fuzz::require(step.consumed <= piece.size() && step.produced <= step.consumed);
    fuzz::require(step.consumed == piece.size() || decoder.done() || decoder.failed());
    outcome.payload.append(piece, 0, step.produced);
    outcome.consumed += step.consumed;
    at += n;
  }
  outcome.done = decoder.done();
  outcome.failed = decoder.failed();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = decode(bytes, false);
  const Outcome pieces = decode(bytes, true);
  fuzz::require(whole.payload == pieces.payload && whole.consumed == pieces.consumed);
  fuzz::require(whole.done == pieces.done && whole.failed == pieces.failed);
  return 0;
}
