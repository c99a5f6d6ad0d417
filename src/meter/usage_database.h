// usage.db: its schema, the writer's connection and a few for readers. For usage_store.cc and its
// parts only.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/records.h"
#include "meter/usage_store.h"
#include "store/sqlite.h"

namespace maester::meter {

// Thread-safe but for writer().
class UsageDatabase {
 public:
  // A damaged file is renamed to PATH.damaged, and an empty one takes its place.
  static Result<std::unique_ptr<UsageDatabase>> open(std::string path);

  store::Database& writer() { return writer_; }
  // Removes the file and begins anew. REQUIRES: nobody reads.
  Status start_over();

  // A read-only connection, returned when it goes out of scope.
  class Lease {
   public:
    Lease(UsageDatabase& owner, store::Database db) : owner_(&owner), db_(std::move(db)) {}
    Lease(Lease&& other) noexcept = default;
    ~Lease();
    store::Database& operator*() { return db_; }
    store::Database* operator->() { return &db_; }

   private:
    UsageDatabase* owner_;
    store::Database db_;
  };
  Result<Lease> reader();

 private:
  explicit UsageDatabase(std::string path, store::Database writer)
      : path_(std::move(path)), writer_(std::move(writer)) {}
  const std::string path_;
  store::Database writer_;
  std::mutex mutex_;
  std::vector<store::Database> idle_;
};

// How a request id is stored: the 16 bytes of a UUID, which sort by time, else the text.
std::string request_key(std::string_view request_id);
std::string request_id_of(std::string_view key);

// The columns of kUsageBuckets, for SQL literals.
#define MAESTER_BUCKET_COLUMNS                                                               \
  "input, cached_input, cache_write_5m, cache_write_1h, audio_input, image_input, output,"   \
  " reasoning, audio_output, image_output, searches, cached_audio_input, cache_write_audio," \
  " video_output, citations, images_in, images_out, pixels, characters_in, characters_out,"  \
  " duration_ms, audio_in_ms, video_in_ms, video_out_ms, queries, requests_priced, pages,"   \
  " annotated_pages, code_sessions, file_searches, credits"

// A JSON number in millionths, the nearest; nullopt for what is none, or too large.
std::optional<std::int64_t> millionths(std::string_view number);

// Reads and writes the usage counts, in the order of kUsageBuckets, from column `first`.
inline constexpr int kBucketColumns = 31;
void bind_buckets(store::Statement& statement, int first, const Usage& usage);
Usage read_buckets(const store::Statement& statement, int first);
void add_usage(Usage& sum, const Usage& more);

}  // namespace maester::meter
