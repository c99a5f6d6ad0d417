// Any bytes as requests: no crash, and the result does not depend on how they were split.
#include <string>

#include "wire/fuzz_split.h"
#include "wire/http_parser.h"

namespace {

using namespace maester::wire;

struct Outcome {
  ParseState state;
  RequestHead head;
  std::size_t consumed;
  HeadError error;
};

Outcome parse(std::string_view bytes, bool split) {
  static const ServerLimits limits;
  RequestParser parser(limits);
  Outcome outcome{ParseState::more, {}, 0, {}};
  fuzz::Splitter splitter(bytes);
  std::size_t given = 0;
  do {
    given += split ? splitter.next(bytes.size() - given) : bytes.size();
    outcome.state = parser.parse(bytes.substr(0, given), outcome.head);
  } while (outcome.state == ParseState::more && given < bytes.size());
  outcome.consumed = parser.consumed();
  outcome.error = parser.error();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = parse(bytes, false);
  const Outcome pieces = parse(bytes, true);
  fuzz::require(whole.state == pieces.state);
  if (whole.state == ParseState::failed) {
    fuzz::require(whole.error.status == pieces.error.status);
    fuzz::require(whole.error.status >= 400 && !whole.error.message.empty());
  }
  if (whole.state != ParseState::done) return 0;
  fuzz::require(whole.consumed == pieces.consumed && whole.consumed <= size);
  fuzz::require(whole.head.target == pieces.head.target &&
                whole.head.framing == pieces.head.framing);
  fuzz::require(whole.head.headers.size() == pieces.head.headers.size());
  fuzz::require(whole.head.headers.count("host") <= 1);
  for (const Header& field : whole.head.headers) {
    fuzz::require(!field.name.empty());
    fuzz::require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
  return 0;
}
