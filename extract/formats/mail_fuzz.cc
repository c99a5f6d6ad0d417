// Oracle: fuzz_oracle.h.
#include "extract/formats/fuzz_oracle.h"
#include "extract/formats/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::extract;
  TextWriter out;
  const auto read = read_mail(input(data, size), {}, out);
  require_promise(read, out);
  return 0;
}
