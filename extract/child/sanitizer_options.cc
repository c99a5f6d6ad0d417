// Read by AddressSanitizer at start (the environment is empty). Leaks are looked for with ptrace,
// which the sandbox forbids; one document a process leaks nothing that matters.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0:symbolize=0:allocator_may_return_null=1:max_allocation_size_mb=1024";
}
