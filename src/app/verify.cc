#include "app/verify.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "app/data_directory.h"
#include "store/file_system.h"
#include "store/sqlite.h"

namespace maester::app {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::not_found, "cannot read `" + path + "`");
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// The anchors that were asked for, else those beside the database, else none.
Result<std::vector<access::AuditHead>> load_anchors(const std::string& data_dir,
                                                    const std::string& given) {
  const std::string own = data_dir + "/audit.anchors";
  const std::string path = given.empty() ? own : given;
  std::error_code error;
  if (given.empty() && !std::filesystem::exists(path, error))
    return std::vector<access::AuditHead>{};
  TRY_ASSIGN(const std::string text, read_file(path));
  return access::parse_anchors(text);
}

Status verify_audit_log(const std::string& data_dir, const std::string& given,
                        access::AuditReport& report) {
  const std::string path = data_dir + "/control.db";
  std::error_code error;
  TRY_ASSIGN(const auto anchors, load_anchors(data_dir, given));
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

}  // namespace

std::string describe(const access::AuditFault& fault) {
  const std::string chain =
      fault.chain.empty() ? "the system's audit chain" : "the audit chain of `" + fault.chain + "`";
  return chain + " is broken at number " + std::to_string(fault.seq) + ": " + fault.why;
}

Result<VerifyReport> verify_data(const std::string& data_dir, const std::string& anchors) {
  VerifyReport report;
  TRY_ASSIGN(report.records, verify_journal(data_dir, report.journal));
  if (Status audit = verify_audit_log(data_dir, anchors, report.audit); !audit) {
    Error error = std::move(audit).error();
    error.message = "the audit log cannot be checked: " + error.message;
    return fail(std::move(error));
  }
  return report;
}

}  // namespace maester::app
