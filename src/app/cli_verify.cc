// maester verify: checks every record of a data directory's journal and every row of its audit log,
// without a server.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "access/audit_verify.h"
#include "app/cli_session.h"
#include "app/data_directory.h"
#include "codec/json_writer.h"
#include "store/file_system.h"
#include "store/journal.h"

namespace maester::app {
namespace {

struct Options {
  std::string data_dir = "maester-data", anchors, format = "table";
};

struct Report {
  store::OpenReport journal;
  std::uint64_t records = 0;
  access::AuditReport audit;
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::not_found, "cannot read `" + path + "`");
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// The anchors that were asked for, else those beside the database, else none.
Result<std::vector<access::AuditHead>> load_anchors(const Options& options) {
  const std::string own = options.data_dir + "/audit.anchors";
  const std::string path = options.anchors.empty() ? own : options.anchors;
  std::error_code error;
  if (options.anchors.empty() && !std::filesystem::exists(path, error))
    return std::vector<access::AuditHead>{};
  TRY_ASSIGN(const std::string text, read_file(path));
  return access::parse_anchors(text);
}

Status verify_audit_log(const Options& options, access::AuditReport& report) {
  const std::string path = options.data_dir + "/control.db";
  std::error_code error;
  TRY_ASSIGN(const auto anchors, load_anchors(options));
  if (!std::filesystem::exists(path, error) && anchors.empty()) return {};
  TRY_ASSIGN(store::Database control,
             store::Database::open(path, store::Database::Sync::normal, true));
  {
    TRY_ASSIGN(auto table, control.prepare("SELECT 1 FROM sqlite_master WHERE name = 'audit'"));
    TRY_ASSIGN(const bool there, table.step());
    if (!there && anchors.empty()) return {};  // of a version before the log
  }
  TRY_ASSIGN(report, access::verify_audit(control, anchors));
  return {};
}

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

std::string broken(const access::AuditFault& fault) {
  const std::string chain =
      fault.chain.empty() ? "the system's audit chain" : "the audit chain of `" + fault.chain + "`";
  return chain + " is broken at number " + std::to_string(fault.seq) + ": " + fault.why;
}

void print_json(CliSession& session, const Report& report) {
  const access::AuditReport& audit = report.audit;
  std::string out;
  json::Writer w(out);
  w.begin_object()
      .field("ok", audit.faults.empty())
      .field("records", report.records)
      .field("torn_bytes", report.journal.torn_bytes)
      .field("unclean", report.journal.unclean);
  w.key("audit").begin_object().field("rows", audit.rows).field("chains", audit.chains);
  w.field("anchors", audit.anchors).key("faults").begin_array();
  for (const access::AuditFault& fault : audit.faults) {
    w.begin_object()
        .field("chain", fault.chain)
        .field("seq", fault.seq)
        .field("why", fault.why)
        .end_object();
  }
  w.end_array().end_object().end_object();
  session.print_json(out);
}

void verify(CliSession& session, const Options& options) {
  Report report;
  const auto records = verify_journal(options.data_dir, report.journal);
  if (!records) return session.fail(records.error().message);
  report.records = *records;
  if (Status audit = verify_audit_log(options, report.audit); !audit)
    return session.fail("the audit log cannot be checked: " + audit.error().message);
  if (options.format == "json") print_json(session, report);
  for (const access::AuditFault& fault : report.audit.faults) session.fail(broken(fault));
  if (options.format == "json" || !report.audit.faults.empty()) return;
  session.out() << options.data_dir << ": ok, " << report.records << " records, "
                << report.audit.rows << " audit rows, " << report.audit.anchors << " anchors";
  if (report.journal.torn_bytes > 0) {
    session.out() << "; cut off " << report.journal.torn_bytes
                  << " bytes of a record that was not written whole";
  }
  session.out() << '\n';
}

}  // namespace

void add_verify_command(CLI::App& root, CliSession& session) {
  CLI::App* command = root.add_subcommand(
      "verify", "Check every record of the ledger and of the audit log (with the server stopped)");
  auto options = std::make_shared<Options>();
  command->add_option("--data", options->data_dir, "The data directory")->capture_default_str();
  command->add_option("--anchors", options->anchors,
                      "Heads of the audit log kept elsewhere (default: DATA/audit.anchors)");
  add_format(*command, options->format);
  command->callback([&session, options] { verify(session, *options); });
}

}  // namespace maester::app
