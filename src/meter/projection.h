// What the records of the journal add up to: requests under way in memory, everything else as
// changes that one transaction writes. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "meter/record_decoder.h"
#include "meter/records.h"
#include "meter/usage_database.h"
#include "meter/usage_store.h"
#include "store/journal.h"

namespace maester::meter {

// A request that has no final settlement yet.
struct PendingRequest {
  struct Place {
    store::Location location;
    bool stored = false;  // in table `pending`
  };
  std::string tenant;
  std::string request_id;
  std::vector<Place> records;         // all of its records so far
  std::vector<Intent> open;           // without a settlement
  std::vector<std::int64_t> settled;  // attempts
  Dimensions last;                    // of its newest record
  std::optional<Dimensions> last_dispatched;
  bool dispatched = false;
  std::int64_t unpriced = 0;  // attempts that were sent and have no cost
  bool ended = false;  // its final settlement is there; attempts that lost a race are still open
  std::int64_t input_tokens = 0, output_tokens = 0;
  FemtoUsd cost;
  std::optional<store::Location> capture;
  std::int64_t last_attempt = 0;
};

class Projection {
 public:
  // `observer` may be null.
  Projection(UsageDatabase& database, store::Journal& journal, RequestObserver* observer)
      : database_(database), journal_(journal), observer_(observer) {}

  // Positions and requests under way, from the database. Also after a failed commit.
  Status load();
  // Reads up to `max_records` on and commits them. After an error everything since the last commit
  // is forgotten.
  Result<std::size_t> project(std::size_t max_records);

  const store::Positions& positions() const { return positions_; }
  // REQUIRES: all that is written has been projected.
  std::vector<const PendingRequest*> pending() const;
  // Whether the request has ended already (an intent that was read after its end, from another
  // lane).
  Result<bool> ended(const std::string& tenant, const std::string& request_id);
  // Lets go of a request that has ended() (its records stay in the journal).
  void forget(const std::string& tenant, const std::string& request_id);
  std::uint64_t anomalies() const { return anomalies_; }  // second settlements, unreadable records

 private:
  struct Ended {
    RequestRow row;
    std::int64_t group;
    std::int64_t unpriced = 0;
    FemtoUsd priced_cost;
    std::string label;    // by which its prompt was found, if its answer counts for that
    bool cached = false;  // kept from before
  };
  struct Corrected {
    std::string tenant, request_id;
    CorrectionRow row;
  };
  struct LateCapture {
    std::string tenant, request_id;
    store::Location place;
  };
  using Pending = std::unordered_map<std::string, PendingRequest>;

  Status apply(const store::Record& record);
  Status apply(Intent intent, const store::Location& place, bool replay);
  Status apply(const Settlement& settlement, const store::Location& place, bool replay);
  void apply_capture(const std::string& tenant, const std::string& request_id,
                     const store::Location& place, bool replay);
  Status count_attempt(const Settlement& settlement);
  Status apply(const Correction& correction);
  Status finish(PendingRequest& request, const Settlement& settlement,
                const store::Location& place);
  void let_go(const PendingRequest& request);
  void count_reliability(const Settlement& settlement, const PendingRequest& request);
  PendingRequest& pending_of(const std::string& tenant, const std::string& request_id);
  UsageSums& sums(const std::string& tenant, std::int64_t day, std::int64_t group);
  Result<std::int64_t> group_id(const Dimensions& dimensions);

  Status prepare();
  Status commit(const store::Positions& to);
  Status write_requests();
  Status write_usage();
  Status write_corrections();
  Status write_feedback();
  Status write_labels();
  Status judge(const Feedback& feedback);
  Status judge_early();
  Status judge_all(const RequestRow& row);
  Status load_early();
  Status write_scopes();
  Status write_budgets();
  Status write_reliability();
  Status write_pending();
  Status write_positions(const store::Positions& to);
  void clear_batch();

  UsageDatabase& database_;
  store::Journal& journal_;
  RequestObserver* const observer_;
  RecordDecoder decoder_;
  store::Positions positions_;
  Pending pending_;
  std::unordered_map<std::string, std::int64_t> groups_;  // a cache
  std::string group_key_;                                 // of the look-up under way
  // What was said of requests whose end was not read yet (another lane's, while usage.db is made
  // anew).
  std::unordered_set<std::string> early_;
  std::uint64_t anomalies_ = 0;

  // The batch.
  std::vector<Ended> ended_;
  std::vector<LateCapture> late_captures_;
  std::vector<Corrected> corrected_;
  std::vector<Feedback> feedback_;
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, UsageSums> usage_;
  std::map<std::pair<std::string, std::string>, ScopeTotal> scopes_;
  // By tenant, budget, subject and window.
  std::map<std::tuple<std::string, std::string, std::string, WallTime>, FemtoUsd> budgets_;
  std::map<std::tuple<std::string, std::string, std::string>, ReliabilityCounts> reliability_;
  std::vector<std::pair<std::string, std::string>> unstore_;  // requests whose pending rows go

  struct Statements;
  std::shared_ptr<Statements> statements_;
};

}  // namespace maester::meter
