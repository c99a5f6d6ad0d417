#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "app/cli.h"
#ifdef MAESTER_MIMALLOC
#include <mimalloc.h>
#endif

int main(int argc, char** argv) {
#ifdef MAESTER_MIMALLOC
  // Freed pages go back to the system after seconds, not after 25 ms of which every burst pays the
  // way back (docs/adr/0195). What the environment says comes first.
  mi_option_set_default(mi_option_decommit_delay, 2000);
#endif
  std::signal(SIGPIPE,
              SIG_IGN);  // a closed pipe is an error of the write, not the end of the program
  const maester::app::CliEnvironment environment{
      .out = std::cout,
      .err = std::cerr,
      .variable = [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      },
      .connect = maester::app::connect_api,
      .in = &std::cin,
      .terminal = ::isatty(STDERR_FILENO) == 1,
      .serve = maester::app::run_server,
      .work = maester::app::run_worker,
  };
  const int status = maester::app::run_cli(argc, argv, environment);
  std::cout.flush();
  return status == 0 && !std::cout ? 1 : status;
}
