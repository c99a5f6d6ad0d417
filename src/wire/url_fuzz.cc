// Any bytes as a URL: what is accepted prints to something that parses to the same, and a numeric
// host is canonical.
#include "wire/fuzz_split.h"
#include "wire/ip_address.h"
#include "wire/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::wire;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = parse_url(text)) {
    const std::string printed = url->origin.to_string() + url->path;
    const auto again = parse_url(printed);
    fuzz::require(again && again->origin == url->origin && again->path == url->path);
    fuzz::require(url->origin.host.find_first_of("@\\#?/% ") == std::string::npos);
    if (const auto address = IpAddress::parse(url->origin.host)) {
      fuzz::require(address->to_string() == url->origin.host);
    }
  }
  const auto decoded = percent_decode(encode_segment(text));
  fuzz::require(text.find('\0') != std::string_view::npos ? !decoded : decoded == text);
  query_parameter(text, "a");
  return 0;
}
