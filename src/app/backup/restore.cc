#include "app/backup/restore.h"

#include <algorithm>
#include <filesystem>

#include "app/backup/staging.h"
#include "batches/body_check.h"
#include "store/file_copy.h"
#include "store/file_system.h"
#include "store/sqlite.h"

namespace maester::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFaults = 20;  // that are named

std::unexpected<Error> faulty(const std::string& from, const std::vector<std::string>& faults) {
  std::string text = "The backup " + from + " is damaged; nothing was restored.";
  for (std::size_t i = 0; i < faults.size() && i < kMostFaults; ++i) text += "\n  " + faults[i];
  if (faults.size() > kMostFaults)
    text += "\n  and " + std::to_string(faults.size() - kMostFaults) + " more";
  return fail(Code::corrupt, std::move(text));
}

// What is wrong with the copy of one file; "" = nothing.
Result<std::string> copy_one(const std::string& from, const BackupFile& file,
                             const std::string& to) {
  store::PosixFileSystem files;
  if (!files.exists(from + "/" + file.name)) return file.name + " is missing";
  const std::string target = to + "/" + file.name;
  TRY(files.create_directories(fs::path(target).parent_path().string()));
  TRY(store::copy_file(from + "/" + file.name, target));
  TRY_ASSIGN(const store::FileDigest digest, store::digest_file(target));
  if (digest.size != file.size) {
    return file.name + " has " + std::to_string(digest.size) + " bytes instead of " +
           std::to_string(file.size);
  }
  if (digest.sha256 != file.sha256) return file.name + " is not what was backed up (its SHA-256)";
  return std::string();
}

Result<BackupManifest> copy_all(const std::string& from, const std::string& to) {
  TRY_ASSIGN(BackupManifest manifest, read_backup_manifest(from));
  std::vector<std::string> faults;
  for (const BackupFile& file : manifest.files) {
    TRY_ASSIGN(std::string fault, copy_one(from, file, to));
    if (!fault.empty()) faults.push_back(std::move(fault));
  }
  TRY_ASSIGN(const auto names, store::list_tree(from));
  for (const std::string& name : names) {
    const bool known = name == kBackupManifest ||
                       std::ranges::binary_search(manifest.files, name, {}, &BackupFile::name);
    if (!known) faults.push_back(name + " is not of this backup");
  }
  if (!faults.empty()) return faulty(from, faults);
  return manifest;
}

Status check_database(const std::string& path) {
  TRY_ASSIGN(store::Database database,
             store::Database::open(path, store::Database::Sync::normal, true));
  TRY_ASSIGN(auto check, database.prepare("PRAGMA quick_check(1)"));
  TRY_ASSIGN(const bool row, check.step());
  if (row && check.text(0) == "ok") return {};
  return fail(Code::corrupt, "the database is damaged", {}, row ? std::string(check.text(0)) : "");
}

Status check_databases(const std::string& data, const BackupManifest& manifest) {
  for (const BackupFile& file : manifest.files) {
    if (!file.name.ends_with(".db") || file.name.find('/') != std::string::npos) continue;
    if (Status good = check_database(data + "/" + file.name); !good) {
      Error error = std::move(good).error();
      error.message = file.name + ": " + error.message;
      return fail(std::move(error));
    }
  }
  return {};
}

Status check_files(const std::string& from, const std::string& data) {
  store::PosixFileSystem files;
  if (!files.exists(data + "/work.db")) return {};
  TRY_ASSIGN(store::Database work,
             store::Database::open(data + "/work.db", store::Database::Sync::normal, true));
  TRY_ASSIGN(const auto faults, batches::check_bodies(work, data + "/files", kMostFaults + 1));
  if (!faults.empty()) return faulty(from, faults);
  return {};
}

Result<std::vector<RestoredIndex>> check_indexes(const std::string& data,
                                                 const BackupManifest& manifest) {
  std::vector<RestoredIndex> out;
  store::PosixFileSystem files;
  for (const BackupFile& file : manifest.files) {
    const fs::path path(file.name);
    if (!file.name.starts_with("knowledge/") || path.filename() != "manifest") continue;
    const std::string name = path.parent_path().string();
    TRY_ASSIGN(const auto check, retrieval::check_index(files, data + "/" + name));
    out.push_back({name, check});
  }
  return out;
}

}  // namespace

Status require_empty(const std::string& directory) {
  std::error_code error;
  const auto status = fs::symlink_status(directory, error);
  if (!fs::exists(status)) return {};
  if (fs::is_directory(status) && fs::is_empty(directory, error) && !error) return {};
  return fail(
      Code::conflict,
      "`" + directory + "` is not empty; name a directory that is, or one that is not there.");
}

Result<BackupManifest> copy_backup(const std::string& from, const std::string& to) {
  TRY_ASSIGN(const auto staging, Staging::open(to));
  TRY_ASSIGN(BackupManifest manifest, copy_all(from, staging->path()));
  TRY(store::write_file(staging->path() + "/" + std::string(kBackupManifest),
                        encode_backup_manifest(manifest)));
  TRY(staging->become());
  return manifest;
}

Result<RestoreReport> restore_backup(const std::string& from, const std::string& to) {
  TRY(require_empty(to));
  TRY_ASSIGN(const auto staging, Staging::open(to));
  RestoreReport out;
  TRY_ASSIGN(out.backup, copy_all(from, staging->path()));
  TRY_ASSIGN(out.data, verify_data(staging->path(), ""));
  if (!out.data.audit.faults.empty())
    return fail(Code::corrupt, describe(out.data.audit.faults.front()));
  TRY(check_databases(staging->path(), out.backup));
  TRY(check_files(from, staging->path()));
  TRY_ASSIGN(out.indexes, check_indexes(staging->path(), out.backup));
  TRY(staging->become());
  return out;
}

}  // namespace maester::app
