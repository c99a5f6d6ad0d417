#include "knowledge/ingest_job.h"

#include <algorithm>

#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "knowledge/chunking.h"
#include "knowledge/extraction_json.h"

namespace maester::knowledge {
namespace {

constexpr std::size_t kGroupDocuments = 256;  // in one commit
constexpr std::size_t kGroupBytes = 4u << 20;
constexpr std::string_view kPlainParser = "plain-1";

Error stopped() {
  return make_error(Code::cancelled, "The job was stopped.");
}

// A text that came as a JSON string or as declared UTF-8: nothing to find out about it. Line ends
// become LF; what is neither text nor LF nor TAB is left out.
ingest::Extraction plain(std::string_view bytes) {
  ingest::Extraction out;
  out.content_type = "text/plain";
  out.parser = kPlainParser;
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  out.text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const bool lf_follows = i + 1 < bytes.size() && bytes[i + 1] == '\n';
    if (c == '\r') {
      if (!lf_follows) out.text += '\n';
    } else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') {
      if (c != 0x7f) out.text += c;
    }
  }
  out.characters = utf8::length(out.text);
  const bool blank = out.text.find_first_not_of(" \n\t") == std::string::npos;
  out.outcome = blank ? ingest::Outcome::empty : ingest::Outcome::text;
  return out;
}

bool is_plain(const Document& document, std::string_view bytes) {
  return document.content_type == "text/plain; charset=utf-8" && utf8::valid(bytes);
}

DocumentState state_of(const ingest::Extraction& extraction, std::size_t chunks) {
  if (extraction.outcome == ingest::Outcome::needs_ocr) return DocumentState::needs_ocr;
  if (extraction.outcome == ingest::Outcome::empty || chunks == 0) return DocumentState::empty;
  return DocumentState::ready;
}

Library::Entry entry_of(Prepared& prepared) {
  Library::Entry entry{.document = prepared.document, .indexed = nullptr, .mark = {}};
  entry.mark.state = state_of(prepared.extraction, prepared.chunks.size());
  entry.mark.report = write_report(prepared.extraction, prepared.chunks.size());
  if (entry.mark.state == DocumentState::ready) entry.indexed = &prepared.indexed;
  return entry;
}

}  // namespace

struct IngestJob::Work {
  jobs::Run& run;
  OpenedPtr opened;
  Payer payer;
  std::vector<Uuid> documents;
  std::int64_t failed = 0;  // documents that ended so

  // What was kept of a document, or nothing when it was deleted or changed since it was looked at:
  // it is not this job's any more. REQUIRES: it was pending().
  template <class T>
  Result<std::optional<T>> still(Catalog& catalog, const Uuid& id, Result<T> kept) const {
    if (kept) return std::optional<T>(std::move(*kept));
    if (kept.error().code != Code::not_found) return fail(std::move(kept.error()));
    TRY_ASSIGN(const auto document, pending(catalog, id));
    if (!document) return std::optional<T>();
    return fail(Code::corrupt, "What was kept of the document is gone.");
  }

  // The document while it is still this job's to end.
  Result<std::optional<Document>> pending(Catalog& catalog, const Uuid& id) const {
    TRY_ASSIGN(Document document, catalog.document(opened->collection, id));
    const bool ours = document.state == DocumentState::pending && document.job_id == run.job().id;
    return ours ? std::optional(std::move(document)) : std::nullopt;
  }
};

// A document that cannot be read: what it was before goes too.
Status IngestJob::end_unread(Work& work, const Document& document, const Error& error) {
  Library::Entry entry{.document = document, .indexed = nullptr, .mark = {}};
  entry.mark.state = DocumentState::failed;
  entry.mark.error = error;
  work.failed += 1;
  TRY_ASSIGN(const OpenedPtr now,
             library_.find(work.opened->collection.tenant, work.opened->collection.name));
  return library_.commit(*now, now->live->spec, std::span(&entry, 1),
                         [&](store::Database& db) { return work.run.fence(db); });
}

Result<std::string> IngestJob::fetch(Work& work) {
  Catalog& catalog = library_.catalog();
  for (const Uuid& id : work.documents) {
    if (work.run.stopped()) return fail(stopped());
    TRY_ASSIGN(const auto document, work.pending(catalog, id));
    if (!document || document->url.empty()) continue;
    auto fetched = fetcher_.fetch(document->url);
    if (!fetched) {
      if (!jobs::is_permanent(fetched.error().code)) return fail(std::move(fetched.error()));
      TRY(end_unread(work, *document, fetched.error()));
      if (work.documents.size() == 1) return fail(std::move(fetched.error()));
      continue;
    }
    TRY(catalog.keep_source(work.opened->collection, *document, fetched->bytes,
                            fetched->content_type));
  }
  return std::string();
}

Result<std::string> IngestJob::extract(Work& work) {
  Catalog& catalog = library_.catalog();
  std::vector<Catalog::Read> read;
  std::size_t bytes = 0, done = 0;
  const auto flush = [&]() -> Status {
    if (!read.empty()) TRY(catalog.keep_texts(work.opened->collection, read));
    read.clear();
    bytes = 0;
    return work.run.progress(static_cast<std::int64_t>(done),
                             static_cast<std::int64_t>(work.documents.size()));
  };
  for (const Uuid& id : work.documents) {
    if (work.run.stopped()) return fail(stopped());
    ++done;
    TRY_ASSIGN(const auto document, work.pending(catalog, id));
    if (!document) continue;
    TRY_ASSIGN(const bool there, catalog.has_text(work.opened->collection, *document));
    if (there) continue;
    TRY_ASSIGN(const auto source,
               work.still(catalog, id, catalog.source(work.opened->collection, *document)));
    if (!source) continue;
    Result<ingest::Extraction> extraction =
        is_plain(*document, *source)
            ? plain(*source)
            : extractor_.extract({*source, document->file_name, document->content_type});
    if (!extraction) {
      if (!jobs::is_permanent(extraction.error().code)) return fail(extraction.error());
      TRY(end_unread(work, *document, extraction.error()));
      if (work.documents.size() == 1) return fail(std::move(extraction.error()));
      continue;
    }
    bytes += extraction->text.size();
    read.push_back({*document, std::move(*extraction)});
    if (read.size() >= kGroupDocuments || bytes >= kGroupBytes) TRY(flush());
  }
  TRY(flush());
  return std::string();
}

// Cuts once to tell how much is to come, and to refuse what is beyond the limits before anything is
// paid for.
Result<std::string> IngestJob::chunk(Work& work) {
  Catalog& catalog = library_.catalog();
  std::int64_t chunks = 0;
  for (const Uuid& id : work.documents) {
    if (work.run.stopped()) return fail(stopped());
    TRY_ASSIGN(const auto document, work.pending(catalog, id));
    if (!document) continue;
    TRY_ASSIGN(const auto extraction,
               work.still(catalog, id, catalog.text(work.opened->collection, *document)));
    if (!extraction) continue;
    const auto cut = ingest::cut(*extraction, work.opened->live->spec.chunking);
    if (cut) {
      chunks += static_cast<std::int64_t>(cut->size());
    } else {
      TRY(end_unread(work, *document, cut.error()));
      if (work.documents.size() == 1) return fail(cut.error());
    }
  }
  std::string out;
  json::Writer(out).begin_object().field("chunks", chunks).end_object();
  return out;
}

// Vectors that a model makes are asked for and kept here, so that a try that fails later does not
// pay again. Those made on this machine are made where they are used.
Result<std::string> IngestJob::embed(Work& work) {
  const IndexSpec& spec = work.opened->live->spec;
  if (spec.embedding.kind != EmbeddingSettings::Kind::model) return std::string();
  Catalog& catalog = library_.catalog();
  TRY_ASSIGN(const auto embedder, library_.embedder(spec.embedding, work.payer));
  std::int64_t done = 0;
  for (const Uuid& id : work.documents) {
    if (work.run.stopped()) return fail(stopped());
    TRY_ASSIGN(auto document, work.pending(catalog, id));
    if (document) {
      Prepared prepared;
      prepared.document = std::move(*document);
      TRY_ASSIGN(auto text,
                 work.still(catalog, id, catalog.text(work.opened->collection, prepared.document)));
      if (!text) continue;
      prepared.extraction = std::move(*text);
      TRY(prepare(prepared, spec, embedder.get(), work.payer.tenant, catalog));
    }
    TRY(work.run.progress(++done, static_cast<std::int64_t>(work.documents.size())));
  }
  return std::string();
}

Result<std::string> IngestJob::index(Work& work) {
  Catalog& catalog = library_.catalog();
  const IndexSpec& spec = work.opened->live->spec;
  TRY_ASSIGN(const auto embedder, library_.embedder(spec.embedding, work.payer));
  std::vector<std::unique_ptr<Prepared>> group;
  std::size_t bytes = 0, done = 0;
  const auto flush = [&]() -> Status {
    std::vector<Library::Entry> entries;
    for (const auto& prepared : group) entries.push_back(entry_of(*prepared));
    if (!entries.empty()) {
      TRY(library_.commit(*work.opened, spec, entries,
                          [&](store::Database& db) { return work.run.fence(db); }));
    }
    group.clear();
    bytes = 0;
    return work.run.progress(static_cast<std::int64_t>(done),
                             static_cast<std::int64_t>(work.documents.size()));
  };
  for (const Uuid& id : work.documents) {
    if (work.run.stopped()) return fail(stopped());
    ++done;
    TRY_ASSIGN(auto document, work.pending(catalog, id));
    if (!document) continue;
    auto prepared = std::make_unique<Prepared>();
    prepared->document = std::move(*document);
    TRY_ASSIGN(auto text,
               work.still(catalog, id, catalog.text(work.opened->collection, prepared->document)));
    if (!text) continue;
    prepared->extraction = std::move(*text);
    TRY(prepare(*prepared, spec, embedder.get(), work.payer.tenant, catalog));
    bytes += prepared->extraction.text.size();
    group.push_back(std::move(prepared));
    if (group.size() >= kGroupDocuments || bytes >= kGroupBytes) TRY(flush());
  }
  TRY(flush());
  return std::string();
}

Result<std::string> IngestJob::run(jobs::Run& run) {
  const jobs::Job& job = run.job();
  TRY_ASSIGN(const json::Document payload, json::Document::parse(job.payload));
  const std::string_view name = payload.root().get("collection").string_or("");
  TRY_ASSIGN(OpenedPtr opened, library_.find(job.tenant, name));
  Work work{.run = run,
            .opened = std::move(opened),
            .payer = {job.tenant, std::string(payload.root().get("key_id").string_or(""))},
            .documents = {},
            .failed = 0};
  if (job.attempts <= 1) TRY(library_.catalog().take_up_again(work.opened->collection, job.id));
  TRY_ASSIGN(work.documents, library_.catalog().of_job(work.opened->collection, job.id));
  if (std::ranges::any_of(work.documents, [&](const Uuid& id) {
        const auto document = library_.catalog().document(work.opened->collection, id);
        return document && !document->url.empty();
      })) {
    TRY(run.step("fetch", [&] { return fetch(work); }));
  }
  TRY(run.step("extract", [&] { return extract(work); }));
  TRY(run.step("chunk", [&] { return chunk(work); }));
  TRY(run.step("embed", [&] { return embed(work); }));
  TRY(run.step("index", [&] { return index(work); }));
  if (work.documents.size() == 1) {  // an earlier try may have ended it without telling
    TRY_ASSIGN(const Document document,
               library_.catalog().document(work.opened->collection, work.documents.front()));
    if (document.state == DocumentState::failed && document.error) return fail(*document.error);
  }
  std::string out;
  json::Writer(out)
      .begin_object()
      .field("documents", work.documents.size())
      .field("failed", work.failed)
      .end_object();
  return out;
}

namespace {

// Everything that changed since the version was last caught up, until nothing has.
Status catch_up(Library& library, jobs::Run& run, const Opened& opened, OpenVersion& version,
                const Payer& payer) {
  constexpr std::size_t kBatch = 64;
  Catalog& catalog = library.catalog();
  TRY_ASSIGN(const auto embedder, library.embedder(version.spec.embedding, payer));
  TRY_ASSIGN(const Catalog::Counts counts, catalog.counts(opened.collection));
  std::int64_t done = 0;
  for (;;) {
    TRY_ASSIGN(const IndexVersion row, catalog.version(opened.collection, version.number));
    TRY_ASSIGN(std::vector<Document> documents,
               catalog.changed_after(opened.collection, row.change, kBatch));
    if (documents.empty()) return {};
    std::vector<std::unique_ptr<Prepared>> group;
    std::vector<Library::Entry> entries;
    const std::int64_t change = documents.back().change;
    for (Document& document : documents) {
      if (run.stopped()) return fail(stopped());
      auto& prepared = group.emplace_back(std::make_unique<Prepared>());
      prepared->document = std::move(document);
      Library::Entry entry{.document = prepared->document, .indexed = nullptr, .mark = {}};
      if (prepared->document.state == DocumentState::ready) {
        auto text = catalog.text(opened.collection, prepared->document);
        if (text) {
          prepared->extraction = std::move(*text);
          TRY(prepare(*prepared, version.spec, embedder.get(), payer.tenant, catalog));
          entry.indexed = &prepared->indexed;
        } else if (text.error().code != Code::not_found) {
          return fail(std::move(text.error()));
        }
      }
      entries.push_back(std::move(entry));
    }
    TRY(library.commit_aside(opened, version, entries, change));
    done += static_cast<std::int64_t>(entries.size());
    TRY(run.progress(std::min(done, counts.total), counts.total));
  }
}

}  // namespace

Result<std::string> BuildJob::run(jobs::Run& run) {
  const jobs::Job& job = run.job();
  TRY_ASSIGN(const json::Document payload, json::Document::parse(job.payload));
  const std::string name(payload.root().get("collection").string_or(""));
  const std::int64_t number = payload.root().get("version").int_or(0);
  const Payer payer{job.tenant, std::string(payload.root().get("key_id").string_or(""))};
  TRY_ASSIGN(const OpenedPtr opened, library_.find(job.tenant, name));
  TRY_ASSIGN(const OpenVersionPtr version, library_.version(*opened, number));
  // Always anew: what changed since the last try is not in it yet.
  if (Status done = catch_up(library_, run, *opened, *version, payer); !done) {
    if (jobs::is_permanent(done.error().code))
      TRY(library_.catalog().set_state(opened->collection, number, VersionState::failed));
    return fail(std::move(done.error()));
  }
  // A damaged live one becomes live again below, when it is whole.
  if (number != opened->live->number)
    TRY(library_.catalog().set_state(opened->collection, number, VersionState::ready));
  if (payload.root().get("flip").bool_or(false)) {
    access::By by;
    by.actor = {job.tenant, payer.key_id, "job " + job.id};
    by.role =
        access::parse_role(payload.root().get("role").string_or("")).value_or(access::Role::viewer);
    by.reason = payload.root().get("reason").string_or("");
    by.override_reason = payload.root().get("override").string_or("");
    for (;;) {  // until nothing came in between
      const auto live = library_.flip(job.tenant, name, number, Library::Flip::forward, by);
      if (live) break;
      if (live.error().code != Code::version_conflict) return fail(live.error());
      TRY(catch_up(library_, run, *opened, *version, payer));
    }
  }
  TRY(library_.rebuilt(job.tenant, name, number));
  std::string out;
  json::Writer(out).begin_object().field("version", version->name()).end_object();
  return out;
}

}  // namespace maester::knowledge
