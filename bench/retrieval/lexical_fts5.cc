// The same texts and questions in SQLite FTS5: a contentless table of the same terms, bm25().
#include <sqlite3.h>

#include <filesystem>

#include "lexical_bench.h"

namespace {

using namespace maester;
using namespace maester::bench;

void run(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    fmt::print(stderr, "{}: {}\n", sql, sqlite3_errmsg(db));
    std::abort();
  }
}

sqlite3_stmt* prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) != SQLITE_OK) std::abort();
  return statement;
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  const Texts texts(options);
  auto analyser = *retrieval::Analyser::make({});
  const std::string path = options.directory + ".fts5";
  if (!options.keep) std::filesystem::remove(path);
  const bool fresh = !std::filesystem::exists(path);
  sqlite3* db = nullptr;
  if (sqlite3_open(path.c_str(), &db) != SQLITE_OK) std::abort();
  run(db,
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA mmap_size=17179869184; "
      "PRAGMA cache_size=-1000000");
  double spent = 0, mb = 0;
  if (fresh) {
    run(db,
        "CREATE VIRTUAL TABLE t USING fts5(terms, content='', detail='none', "
        "tokenize='unicode61 remove_diacritics 0'); BEGIN");
    sqlite3_stmt* insert = prepare(db, "INSERT INTO t(rowid, terms) VALUES(?, ?)");
    for (std::size_t chunk = 0; chunk < texts.size(); ++chunk) {
      const std::string text = texts.title(chunk) + " " + texts.text(chunk);
      mb += static_cast<double>(text.size()) / 1e6;
      const double begin = seconds();
      std::string terms;
      for (const std::string& term : analyser.terms(text)) terms += plain(term) + " ";
      sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(chunk));
      sqlite3_bind_text(insert, 2, terms.data(), static_cast<int>(terms.size()), SQLITE_STATIC);
      if (sqlite3_step(insert) != SQLITE_DONE) std::abort();
      sqlite3_reset(insert);
      spent += seconds() - begin;
    }
    sqlite3_finalize(insert);
    const double begin = seconds();
    run(db, "INSERT INTO t(t) VALUES('optimize'); COMMIT");
    spent += seconds() - begin;
  }
  sqlite3_stmt* search =
      prepare(db, "SELECT rowid, rank FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?");
  const auto ask = [&](const std::string& text) {
    std::string match;
    for (const std::string& term : analyser.terms(text)) {
      match += (match.empty() ? "\"" : " OR \"") + plain(term) + "\"";
    }
    sqlite3_bind_text(search, 1, match.data(), static_cast<int>(match.size()), SQLITE_STATIC);
    sqlite3_bind_int64(search, 2, static_cast<sqlite3_int64>(options.top_k));
    std::size_t hits = 0;
    while (sqlite3_step(search) == SQLITE_ROW) ++hits;
    sqlite3_reset(search);
    return hits;
  };
  Latencies latencies = measure(texts, options.rounds, ask);
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  report("sqlite_fts5", options, std::move(latencies),
         fmt::format(", \"index_mb_per_second\": {:.1f}, \"bytes_per_chunk\": {:.0f}", mb / spent,
                     bytes / static_cast<double>(texts.size())));
  sqlite3_finalize(search);
  sqlite3_close(db);
  return 0;
}
