// maester backup DIR, maester restore DIR
#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>

#include "app/backup/offline.h"
#include "app/backup/restore.h"
#include "app/cli_session.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

struct Options {
  std::string directory, data, format = "table";
  int keep = 3;
};

void print_backup(CliSession& session, const Options& options, const BackupManifest& made) {
  if (options.format != "json") {
    session.out() << options.directory << ": backup " << made.id << ", " << made.files.size()
                  << " files, " << made.bytes() << " bytes\n"
                  << "It holds neither the key-encryption key nor the admin key: keep a copy of "
                     "the first elsewhere.\n";
    return;
  }
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", made.id).field("created_at", format_rfc3339(made.created_at));
  w.field("bytes", made.bytes()).field("files", made.files.size());
  w.field("path", options.directory).field("sha256", backup_digest(made)).end_object();
  session.print_json(out);
}

// The server makes it in its own place; here it is copied from there, where that is this machine.
Result<BackupManifest> ask_server(CliSession& session, const Options& options) {
  TRY_ASSIGN(
      const std::string answer,
      session.request("POST", "/v1/backup", R"({"keep":)" + std::to_string(options.keep) + "}"));
  TRY_ASSIGN(const json::Document document, json::Document::parse(answer));
  const std::string path(document.root().get("path").string_or(""));
  const std::string id(document.root().get("id").string_or(""));
  const auto there = read_backup_manifest(path);
  if (!there || there->id != id) {
    return fail(Code::not_found,
                "the server made the backup " + id + ", which is whole, at " + path +
                    " on its own machine; this one cannot read that place" +
                    (there ? "" : " (" + there.error().message + ")") +
                    ". Copy the directory from there, and check it with `maester restore`.");
  }
  return copy_backup(path, options.directory);
}

void back_up(CliSession& session, const Options& options) {
  if (!session.check(require_empty(options.directory))) return;
  const auto made = options.data.empty() ? ask_server(session, options)
                                         : back_up_offline(options.data, options.directory);
  if (made) return print_backup(session, options, *made);
  session.fail(made.error().message +
               (made.error().detail.empty() ? "" : " (" + made.error().detail + ")"));
  if (!options.data.empty() && made.error().code == Code::conflict)
    session.err() << "Without --data the server that runs makes the backup.\n";
}

void print_report(CliSession& session, const Options& options, const RestoreReport& report) {
  session.out() << options.data << ": restored from backup " << report.backup.id << " of "
                << format_rfc3339(report.backup.created_at) << "; ok, "
                << report.backup.files.size() << " files, " << report.data.records << " records, "
                << report.data.audit.rows << " audit rows\n";
  for (const RestoredIndex& one : report.indexes) {
    session.out() << "  " << one.name << ": ok, " << one.check.documents << " documents, "
                  << one.check.chunks << " chunks, recall " << one.check.recall << " of "
                  << one.check.vectors << " vectors, " << one.check.terms << " terms found\n";
  }
  session.out() << "Before the first start, put the key-encryption key of the server that was "
                   "backed up into\n"
                << options.data << "/kek (mode 0600), or give it in MAESTER_KEK. The admin key "
                << "will be a new one, in " << options.data << "/admin.key.\n";
}

void print_report_json(CliSession& session, const RestoreReport& report) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("ok", true).field("id", report.backup.id);
  w.field("created_at", format_rfc3339(report.backup.created_at));
  w.field("files", report.backup.files.size()).field("bytes", report.backup.bytes());
  w.field("records", report.data.records).field("audit_rows", report.data.audit.rows);
  w.key("indexes").begin_array();
  for (const RestoredIndex& one : report.indexes) {
    const auto permille = std::lround(one.check.recall * 1000);
    w.begin_object().field("name", one.name).field("documents", one.check.documents);
    w.field("chunks", one.check.chunks).field("segments", one.check.segments);
    w.field("recall_permille", static_cast<std::int64_t>(permille));
    w.field("vectors_probed", one.check.vectors).field("terms_probed", one.check.terms);
    w.end_object();
  }
  w.end_array().end_object();
  session.print_json(out);
}

void restore(CliSession& session, const Options& options) {
  const auto report = restore_backup(options.directory, options.data);
  if (!report) {
    return session.fail(report.error().message +
                        (report.error().detail.empty() ? "" : " (" + report.error().detail + ")"));
  }
  if (options.format == "json") return print_report_json(session, *report);
  print_report(session, options, *report);
}

}  // namespace

void add_backup_commands(CLI::App& root, CliSession& session) {
  CLI::App* backup = root.add_subcommand("backup", "Copy all that the server keeps, while it runs");
  auto wanted = std::make_shared<Options>();
  backup->add_option("DIR", wanted->directory, "Where it goes: empty, or not there yet")
      ->required();
  backup->add_option("--data", wanted->data,
                     "Back up this data directory, with its server stopped");
  backup->add_option("--keep", wanted->keep, "How many backups the server keeps on its own disk")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_format(*backup, wanted->format);
  backup->footer(
      "Examples:\n  maester backup /mnt/backups/monday\n"
      "  maester backup /mnt/backups/monday --data /var/lib/maester   (the server is stopped)");
  backup->callback([&session, wanted] { back_up(session, *wanted); });

  CLI::App* restored =
      root.add_subcommand("restore", "Make a data directory of a backup, verified");
  auto given = std::make_shared<Options>();
  restored->add_option("DIR", given->directory, "The backup")->required();
  restored->add_option("--data", given->data, "The data directory: empty, or not there yet")
      ->required();
  add_format(*restored, given->format);
  restored->footer("Example:\n  maester restore /mnt/backups/monday --data /var/lib/maester");
  restored->callback([&session, given] { restore(session, *given); });
}

}  // namespace maester::app
