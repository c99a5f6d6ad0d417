#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "app/cli.h"

int main(int argc, char** argv) {
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
