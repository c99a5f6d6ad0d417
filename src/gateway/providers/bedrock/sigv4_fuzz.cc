// Any request can be signed; the canonical form has its lines, and does not depend on the order of
// the headers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "gateway/providers/bedrock/sigv4.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::gateway::bedrock;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find('\n');
  SignedRequest request;
  request.method = "POST";
  const std::string target = "/" + std::string(text.substr(0, cut));
  request.target = target;
  request.body = cut == std::string_view::npos ? std::string_view{} : text.substr(cut + 1);
  request.headers = {{"host", "h"}, {"x-amz-date", "20150830T123600Z"}, {"a", target}};
  const std::string canonical = canonical_request(request);
  std::reverse(request.headers.begin(), request.headers.end());
  if (canonical_request(request) != canonical) std::abort();
  const std::string header = authorization(request, {"id", "secret", "region", "bedrock"}, {});
  if (header.size() - header.rfind('=') != 65) std::abort();
  if (header.find_first_of("\r\n") != std::string::npos) std::abort();
  return 0;
}
