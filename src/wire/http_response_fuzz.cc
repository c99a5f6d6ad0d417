// Any bytes as an answer's head: no crash, and the result does not depend on how they were split.
#include <string>

#include "wire/fuzz_split.h"
#include "wire/http_parser.h"

namespace {

using namespace maester::wire;

ParseState parse(std::string_view bytes, bool split, ResponseHead& head, std::size_t& consumed) {
  ResponseParser parser(4096, false);
  fuzz::Splitter splitter(bytes);
  std::size_t given = 0;
  ParseState state = ParseState::more;
  do {
    given += split ? splitter.next(bytes.size() - given) : bytes.size();
    state = parser.parse(bytes.substr(0, given), head);
  } while (state == ParseState::more && given < bytes.size());
  consumed = parser.consumed();
  return state;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ResponseHead whole, pieces;
  std::size_t used_whole = 0, used_pieces = 0;
  const ParseState a = parse(bytes, false, whole, used_whole);
  const ParseState b = parse(bytes, true, pieces, used_pieces);
  fuzz::require(a == b);
  if (a != ParseState::done) return 0;
  fuzz::require(used_whole == used_pieces && used_whole <= size);
  fuzz::require(whole.status == pieces.status && whole.status >= 100 && whole.status <= 999);
  fuzz::require(whole.framing == pieces.framing && whole.content_length == pieces.content_length);
  fuzz::require(whole.headers.size() == pieces.headers.size());
  return 0;
}
