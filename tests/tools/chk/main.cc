// chk: after a crash, is everything in the ledger that a client was promised and a provider was
// asked?
//
// Opens the data directory as a restarted server does (journal, recovery, projection) and compares
// it with the journals of loadgen and fakeprovider. One line for each violated invariant (TESTS.md,
// I1-I4); exit status 0 when there is none, 1 when there is, 2 when something could not be read.
// The one program of the rig that includes src/: it judges the server's own files.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "base/clock.h"
#include "meter/ledger_check.h"
#include "meter/usage_store.h"
#include "store/file_system.h"
#include "store/journal.h"

namespace {

using namespace maester;

struct Options {
  std::string data, acks, provider;
};

Result<std::string> read_file(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::io_error, "cannot read " + path);
  std::stringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

Result<meter::LedgerCheck> check(const Options& options) {
  TRY_ASSIGN(const std::string acks, read_file(options.acks));
  TRY_ASSIGN(const std::string provider, read_file(options.provider));
  store::PosixFileSystem files;
  store::JournalConfig config;
  config.directory = options.data + "/journal";
  TRY_ASSIGN(const auto journal, store::Journal::open(files, config));
  SystemClock clock;
  meter::UsageStore::Options usage_options;
  usage_options.path = options.data + "/usage.db";
  usage_options.clock = &clock;
  TRY_ASSIGN(const auto usage, meter::UsageStore::open(*journal, usage_options));
  TRY(usage->recover());
  return meter::check_ledger(*journal, *usage, {acks, provider});
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Compares a stopped server's ledger with what clients and the provider wrote down.",
               "chk");
  app.add_option("--data", options.data, "data directory of the server, which is not running")
      ->required();
  app.add_option("--acks", options.acks, "journal of loadgen");
  app.add_option("--provider", options.provider, "journal of fakeprovider");
  CLI11_PARSE(app, argc, argv);

  const auto result = check(options);
  if (!result) {
    std::printf("%s (%s)\n", result.error().message.c_str(), result.error().detail.c_str());
    return 2;
  }
  for (const std::string& violation : result->violations) std::puts(violation.c_str());
  std::fprintf(stderr,
               "%llu acks, %llu provider calls, %llu intents, %llu settlements, %zu violations\n",
               static_cast<unsigned long long>(result->acks),
               static_cast<unsigned long long>(result->provider_calls),
               static_cast<unsigned long long>(result->intents),
               static_cast<unsigned long long>(result->settlements), result->violations.size());
  return result->violations.empty() ? 0 : 1;
}
