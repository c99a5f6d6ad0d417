// Collections, their index versions and their documents, in work.db (docs/formats/work-db.md). What
// stands here is the truth; an index is made of it.
//
// Thread-safe; blocking SQL, never on a core's thread. Everything takes the tenant first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/release_guard.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "ingest/extraction.h"
#include "jobs/queue.h"
#include "knowledge/settings.h"
#include "store/locked_database.h"

namespace maester::knowledge {

enum class VersionState : std::uint8_t { building, ready, live, failed };
std::string_view to_string(VersionState state);

struct IndexVersion {
  std::int64_t number = 0;  // 1, 2, ... of its collection; told as "v1"
  IndexSpec spec;
  VersionState state = VersionState::building;
  std::int64_t previous = 0;  // what was live before it, for a rollback; 0 = nothing
  std::int64_t change = 0;    // the last of the collection's changes that it holds
  std::string job_id;         // builds it
  WallTime created_at{}, live_at{};
  std::string name() const { return "v" + std::to_string(number); }
};

struct Collection {
  std::string tenant, id, name;
  SearchSettings search;
  std::int64_t live = 0;    // the version that is asked
  std::int64_t change = 0;  // counts what happened to its documents
  WallTime created_at{};
};

enum class DocumentState : std::uint8_t { pending, ready, needs_ocr, empty, failed, deleted };
std::string_view to_string(DocumentState state);
std::optional<DocumentState> parse_document_state(std::string_view name);

struct Document {
  Uuid id;
  std::string source_id, title, content_type, file_name;
  std::string url;  // where its bytes are to be fetched, "" = they came with it
  std::optional<std::vector<std::string>> groups;  // absent = the whole tenant, empty = nobody
  std::string metadata;                            // a JSON object, "" = none
  DocumentState state = DocumentState::pending;
  std::int64_t generation = 0;  // rises with each accepted content
  std::int64_t change = 0;
  std::string content_hash;
  std::optional<Error> error;
  std::string report;  // JSON of its extraction, "" = none yet
  std::string job_id;
  WallTime created_at{}, updated_at{};
  bool readable_by(std::span<const std::string> groups) const;
};

struct NewDocument {
  std::string source_id, title, content_type, file_name, url;
  std::optional<std::vector<std::string>> groups;
  std::string metadata;
  std::string bytes;
};

class Catalog {
 public:
  // `queue` uses the same database.
  static Result<std::unique_ptr<Catalog>> open(store::LockedDatabase& work, jobs::Queue& queue,
                                               const Clock& clock, Random& random);

  // ---- collections. Names are the tenant's own; Code::conflict for a taken one, not_found.
  Result<Collection> create(std::string_view tenant, std::string_view name, const IndexSpec& spec,
                            const SearchSettings& search);
  Result<Collection> find(std::string_view tenant, std::string_view name);
  Result<std::vector<Collection>> all();
  Status change_search(const Collection& collection, const SearchSettings& search);
  Status drop(const Collection& collection);  // with all that is in it
  // All that is the tenant's, inside the caller's transaction.
  static Status erase(store::Database& work, std::string_view tenant);

  // ---- index versions
  Result<std::vector<IndexVersion>> versions(const Collection& collection);  // oldest first
  Result<IndexVersion> version(const Collection& collection, std::int64_t number);
  // A version to be built aside, and the job that does. `flip`: who has it go live then, null =
  // nobody.
  Result<IndexVersion> add_version(const Collection& collection, const IndexSpec& spec,
                                   std::string_view key_id, const access::By* flip);
  // The job that catches a version up with what changed while another was live; its id.
  Result<std::string> queue_catch_up(const Collection& collection, std::int64_t version,
                                     std::string_view key_id, const access::By* flip);
  // What read the documents that are ready, each once, in order.
  Result<std::vector<std::string>> parsers(const Collection& collection);
  // Documents that changed after `change`, in the order of their changes.
  Result<std::vector<Document>> changed_after(const Collection& collection, std::int64_t change,
                                              std::size_t limit);
  Status advance(const Collection& collection, std::int64_t version, std::int64_t change);
  Status set_state(const Collection& collection, std::int64_t version, VersionState state);
  // Of a version whose index was damaged: it holds nothing; and, of a live one, it is whole again.
  Status begin_anew(const Collection& collection, std::int64_t version);
  Status whole_again(const Collection& collection, std::int64_t version);
  // Makes `version` the live one; what was live is ready, and what it comes back to. Code::conflict
  // unless it is ready. `back`: a rollback.
  Result<IndexVersion> flip(const Collection& collection, std::int64_t version, bool back);
  Status drop_version(const Collection& collection, std::int64_t version);

  // ---- documents
  struct Accepted {
    Uuid document;
    std::string job_id;      // "" when nothing is to be done and no job is known
    bool unchanged = false;  // same source and same content: no work
  };
  // One transaction: the documents and a job for each, or one for all (`together`). Added by
  // `key_id`, under which its vectors are paid for.
  Result<std::vector<Accepted>> accept(const Collection& collection,
                                       std::vector<NewDocument> documents, std::string_view key_id,
                                       bool together);
  Result<Document> document(const Collection& collection, const Uuid& id);
  Result<std::optional<Uuid>> id_of(const Collection& collection, std::string_view source_id);
  struct Page {
    std::vector<Document> documents;
    std::string next_cursor;
  };
  // By id. `readers`: only what they may read; absent = all.
  Result<Page> documents(const Collection& collection, std::optional<DocumentState> state,
                         std::optional<std::span<const std::string>> readers,
                         std::string_view cursor, std::size_t limit);
  struct Counts {
    std::int64_t total = 0, ready = 0, pending = 0, failed = 0;
  };
  Result<Counts> counts(const Collection& collection);
  Result<std::vector<Uuid>> of_job(const Collection& collection, std::string_view job_id);
  // A job that is run anew takes up the documents again that it had given up.
  Status take_up_again(const Collection& collection, std::string_view job_id);
  Result<std::vector<Uuid>> deleted(const Collection& collection);
  // The bytes of a document that is to be read, Code::not_found once it was.
  Result<std::string> source(const Collection& collection, const Document& document);

  // What was fetched of it, and as what it was sent.
  Status keep_source(const Collection& collection, const Document& document, std::string_view bytes,
                     std::string_view content_type);

  // What was read of it; the source is let go by mark().
  struct Read {
    Document document;
    ingest::Extraction extraction;
  };
  Status keep_texts(const Collection& collection, std::span<const Read> read);
  Result<bool> has_text(const Collection& collection, const Document& document);
  Result<ingest::Extraction> text(const Collection& collection, const Document& document);
  // The end of a generation's way; nothing happens to a document where it is not the newest any
  // more. `fence` runs first in the same transaction.
  struct Mark {
    Uuid document;
    std::int64_t generation = 0;
    DocumentState state = DocumentState::ready;
    std::optional<Error> error;
    std::string report;
    std::int64_t version = 0;  // into whose index it went; 0 = none
  };
  Status mark(const Collection& collection, std::span<const Mark> marks,
              const std::function<Status(store::Database&)>& fence);
  // Deleted from here on; its text is gone. Code::not_found.
  Status remove(const Collection& collection, const Uuid& id);

  // ---- vectors of chunks that a model made, by what was said
  Result<std::vector<std::optional<std::vector<float>>>> vectors(
      std::string_view tenant, std::string_view embedder, std::span<const std::string> hashes);
  Status keep_vectors(std::string_view tenant, std::string_view embedder,
                      std::span<const std::string> hashes,
                      std::span<const std::vector<float>> vectors);

 private:
  Catalog(store::LockedDatabase& work, jobs::Queue& queue, const Clock& clock, Random& random)
      : work_(work), queue_(queue), clock_(clock), ids_(clock, random) {}
  Result<Accepted> accept_one(store::Database& db, const Collection& collection,
                              NewDocument& document, std::string& batch_job,
                              std::string_view key_id, bool together);
  std::int64_t now() const;

  store::LockedDatabase& work_;
  jobs::Queue& queue_;
  const Clock& clock_;
  IdGenerator ids_;  // used under the database's lock
};

}  // namespace maester::knowledge
