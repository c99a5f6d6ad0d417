// maester verify: checks every record of a data directory's journal, without a server.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "app/cli_session.h"
#include "app/data_directory.h"
#include "codec/json_writer.h"
#include "store/file_system.h"
#include "store/journal.h"

namespace maester::app {
namespace {

struct Options {
  std::string data_dir = "maester-data", format = "table";
};

Result<std::uint64_t> verify_journal(const std::string& data_dir, store::OpenReport& report) {
  const std::string directory = data_dir + "/journal";
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return fail(Code::not_found, "there is no journal in `" + data_dir +
                                     "`; name the data "
                                     "directory with --data");
  }
  TRY_ASSIGN(const DataDirectory lock, DataDirectory::open(data_dir));
  store::PosixFileSystem files;
  store::JournalConfig config;
  config.directory = directory;
  TRY_ASSIGN(const std::unique_ptr<store::Journal> journal,
             store::Journal::open(files, std::move(config)));
  report = journal->report();
  TRY_ASSIGN(const std::uint64_t records, journal->verify());
  TRY(journal->close());
  return records;
}

void verify(CliSession& session, const Options& options) {
  store::OpenReport report;
  const auto records = verify_journal(options.data_dir, report);
  if (!records) return session.fail(records.error().message);
  if (options.format == "json") {
    std::string out;
    json::Writer(out)
        .begin_object()
        .field("ok", true)
        .field("records", *records)
        .field("torn_bytes", report.torn_bytes)
        .field("unclean", report.unclean)
        .end_object();
    return session.print_json(out);
  }
  session.out() << options.data_dir << ": ok, " << *records << " records";
  if (report.torn_bytes > 0) {
    session.out() << "; cut off " << report.torn_bytes
                  << " bytes of a record that was not written "
                     "whole";
  }
  session.out() << '\n';
}

}  // namespace

void add_verify_command(CLI::App& root, CliSession& session) {
  CLI::App* command =
      root.add_subcommand("verify", "Check every record of the ledger (with the server stopped)");
  auto options = std::make_shared<Options>();
  command->add_option("--data", options->data_dir, "The data directory")->capture_default_str();
  add_format(*command, options->format);
  command->callback([&session, options] { verify(session, *options); });
}

}  // namespace maester::app
