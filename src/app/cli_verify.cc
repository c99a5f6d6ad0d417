// maester verify: checks every record of a data directory's journal and every row of its audit log,
// without a server.
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli_session.h"
#include "app/verify.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

struct Options {
  std::string data_dir = "maester-data", anchors, format = "table";
};

void print_json(CliSession& session, const VerifyReport& report) {
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
  const auto checked = verify_data(options.data_dir, options.anchors);
  if (!checked) return session.fail(checked.error().message);
  const VerifyReport& report = *checked;
  if (options.format == "json") print_json(session, report);
  for (const access::AuditFault& fault : report.audit.faults) session.fail(describe(fault));
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
