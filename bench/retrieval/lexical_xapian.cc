// The same texts and questions in Xapian, BM25 with the same k1 and b. (GPL: this program is built
// on request for measuring and is no part of what is shipped.)
#include <xapian.h>

#include <filesystem>

#include "lexical_bench.h"

using namespace maester;
using namespace maester::bench;

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const Texts texts(options);
  auto analyser = *retrieval::Analyser::make({});
  const std::string path = options.directory + ".xapian";
  if (!options.keep) std::filesystem::remove_all(path);
  double spent = 0, mb = 0;
  if (!std::filesystem::exists(path)) {
    Xapian::WritableDatabase db(path, Xapian::DB_CREATE | Xapian::DB_NO_SYNC);
    for (std::size_t chunk = 0; chunk < texts.size(); ++chunk) {
      const std::string text = texts.title(chunk) + " " + texts.text(chunk);
      mb += static_cast<double>(text.size()) / 1e6;
      const double begin = seconds();
      Xapian::Document document;
      for (const std::string& term : analyser.terms(text)) document.add_term(term);
      db.add_document(document);
      spent += seconds() - begin;
    }
    const double begin = seconds();
    db.commit();
    spent += seconds() - begin;
  }
  const Xapian::Database db(path);
  Xapian::Enquire enquire(db);
  enquire.set_weighting_scheme(Xapian::BM25Weight(1.2, 0, 1e9, 0.75, 0));
  const auto ask = [&](const std::string& text) {
    const std::vector<std::string> terms = analyser.terms(text);
    enquire.set_query(Xapian::Query(Xapian::Query::OP_OR, terms.begin(), terms.end()));
    return static_cast<std::size_t>(
        enquire.get_mset(0, static_cast<Xapian::doccount>(options.top_k)).size());
  };
  Latencies latencies = measure(texts, options.rounds, ask);
  double bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    bytes += static_cast<double>(entry.file_size());
  }
  report("xapian", options, std::move(latencies),
         fmt::format(", \"index_mb_per_second\": {:.1f}, \"bytes_per_chunk\": {:.0f}", mb / spent,
                     bytes / static_cast<double>(texts.size())));
  return 0;
}
