#include "app/knowledge_parts.h"

#include "app/runtime_parts.h"
#include "ingest/child_extractor.h"

namespace maester::app {
namespace {

// Without its programs a server still takes plain texts; whatever needs them fails by name.
class NoExtractor final : public ingest::Extractor {
 public:
  explicit NoExtractor(Error error) : error_(std::move(error)) {}
  Result<ingest::Extraction> extract(const ingest::Source&) override {
    return fail(Code::unprocessable, "This server has no document extractor: " + error_.message,
                "unsupported");
  }

 private:
  Error error_;
};

std::unique_ptr<ingest::Extractor> make_extractor(Parts& parts) {
  auto directory = ingest::find_children({});
  if (!directory) {
    parts.log->event(obs::Level::error, "extractor_missing")
        .field("reason", directory.error().message);
    return std::make_unique<NoExtractor>(std::move(directory.error()));
  }
  ingest::ChildSettings settings;
  settings.directory = std::move(*directory);
  return std::make_unique<ingest::ChildExtractor>(std::move(settings), parts.clock);
}

}  // namespace

Status open_knowledge(Parts& parts, const gateway::Config& config) {
  KnowledgeParts& made = parts.knowledge;
  made.pool = std::make_unique<runtime::WorkerPool>("knowledge", 4, 4096);
  TRY_ASSIGN(made.catalog,
             knowledge::Catalog::open(*parts.work_db, *parts.jobs, parts.clock, parts.random));
  knowledge::LibrarySettings settings;
  settings.directory = parts.data->file("knowledge");
  settings.tables = parts.data->file("embedders");
  TRY_ASSIGN(made.library, knowledge::Library::open(std::move(settings), *made.catalog, parts.files,
                                                    *parts.pipeline, *parts.cores, *parts.log));
  parts.work_objects->add(*made.library);
  made.searcher = std::make_unique<knowledge::Searcher>(*made.library, *parts.pipeline, *made.pool,
                                                        parts.registry);
  made.evidence = std::make_unique<knowledge::EvidenceFinder>(*made.searcher);
  parts.evidence.source = made.evidence.get();
  wire::HttpTransportConfig transport;
  transport.egress_allow = config.egress_allow;
  transport.tls.ca_file = config.egress_ca_file;
  made.transport = std::make_unique<wire::HttpTransport>(*parts.cores, std::move(transport));
  made.fetcher = std::make_unique<knowledge::UrlFetcher>(*made.transport, *parts.cores, parts.clock,
                                                         config.egress_allow);
  made.extractor = make_extractor(parts);
  made.ingest =
      std::make_unique<knowledge::IngestJob>(*made.library, *made.extractor, *made.fetcher);
  made.build = std::make_unique<knowledge::BuildJob>(*made.library);
  parts.workers->handle("ingest", [&made](jobs::Run& run) { return made.ingest->run(run); });
  parts.workers->handle("build_index", [&made](jobs::Run& run) { return made.build->run(run); });
  return {};
}

}  // namespace maester::app
