#include "extract/child/child_main.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>

#include "extract/child/sandbox.h"
#include "ingest/child_format.h"
#include "ingest/extraction_limits.h"

namespace maester::extract {
namespace {

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) ::_exit(1);  // nobody listens
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Made before memory is short.
std::string& out_of_memory_answer() {
  static std::string answer = ingest::encode_failure(
      ingest::failure("memory", "Reading the document needs more than 1 GiB of memory."));
  return answer;
}

void out_of_memory() {
  write_all(out_of_memory_answer());
  ::_exit(0);
}

// Ends with what is there when the parent closes: read_request() then says that it is short.
std::string read_all() {
  std::string all;
  constexpr std::size_t kMost = ingest::kMaxInput + (64 << 10);
  std::size_t used = 0;
  while (used < kMost) {
    if (all.size() - used < (64 << 10))
      all.resize(std::max<std::size_t>(256 << 10, all.size() * 2));
    const ssize_t n = ::read(STDIN_FILENO, all.data() + used, all.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    used += static_cast<std::size_t>(n);
  }
  all.resize(used);
  return all;
}

std::string answer(const Child& child, std::string_view request) {
  try {
    auto source = ingest::read_request(request);
    if (!source) ::_exit(1);
    const auto result = child.read(*source);
    return result ? ingest::encode_result(*result) : ingest::encode_failure(result.error());
  } catch (const std::bad_alloc&) {
    return out_of_memory_answer();
  } catch (const std::exception& e) {
    return ingest::encode_failure(
        ingest::failure("crashed", std::string("The document's reader failed: ") + e.what()));
  }
}

}  // namespace

void run_child(const Child& child) {
  // Without it the C library looks for the time zone's file whenever a date is read.
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
  (void)out_of_memory_answer();
  child.warm();
  if (!enter_sandbox()) ::_exit(kSandboxFailed);
  const std::string request = read_all();
  if (request.empty()) ::_exit(0);  // held ready and not needed
  std::set_new_handler(out_of_memory);
  const std::string result = answer(child, request);
  std::set_new_handler(nullptr);
  write_all(result);
  ::_exit(0);
}

}  // namespace maester::extract
