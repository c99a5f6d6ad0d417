// maester keys rotate-kek: another key-encryption key, with the server stopped.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "access/kek_rotation.h"
#include "app/cli_session.h"
#include "app/data_directory.h"

namespace maester::app {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Result<std::size_t> rotate(const std::string& data_dir) {
  std::error_code error;
  if (!std::filesystem::exists(data_dir + "/control.db", error)) {
    return fail(Code::not_found,
                "there is no `" + data_dir + "/control.db`; name the data directory with --data");
  }
  TRY_ASSIGN(const DataDirectory data, DataDirectory::open(data_dir));
  TRY_ASSIGN(store::Database control,
             store::Database::open(data.file("control.db"), store::Database::Sync::full));
  SystemRandom random;
  return access::rotate_kek(control, {data.file("kek"), environment("MAESTER_KEK")},
                            environment("MAESTER_NEW_KEK"), random);
}

void run(CliSession& session, const std::string& data_dir) {
  const auto rewrapped = rotate(data_dir);
  if (!rewrapped) return session.fail(rewrapped.error().message);
  session.out() << "The key-encryption key is a new one; it seals " << *rewrapped
                << " data keys.\n";
  session.out() << (environment("MAESTER_KEK").empty()
                        ? "It is in " + data_dir + "/kek. Keep a copy where the backups are not.\n"
                        : "Start the server with MAESTER_NEW_KEK's value in MAESTER_KEK.\n");
}

}  // namespace

void add_rotate_kek_command(CLI::App& keys, CliSession& session) {
  CLI::App* command = keys.add_subcommand(
      "rotate-kek",
      "Seal the tenants' data keys under another key-encryption key (with the server stopped)");
  auto data_dir = std::make_shared<std::string>("maester-data");
  command->add_option("--data", *data_dir, "The data directory")->capture_default_str();
  command->callback([&session, data_dir] { run(session, *data_dir); });
}

}  // namespace maester::app
