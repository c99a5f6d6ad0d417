// Past requests as the journal and the ledger know them: found by a filter, opened from their
// captures (docs/formats/capture.md), made into cases. Thread-safe; blocking, never on a core's
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/vault.h"
#include "codec/json.h"
#include "evals/datasets/dataset.h"
#include "meter/usage_store.h"
#include "prompts/registry.h"
#include "store/journal.h"

namespace maester::evals {

// Which requests. All that is given must hold.
struct RequestFilter {
  std::vector<std::string> request_ids{};  // these only
  std::optional<WallTime> from{}, to{};    // from <= time < to
  std::string prompt{}, prompt_version{}, model{}, route{}, key_id{}, user{};
  std::optional<meter::Outcome> outcome{};
  std::optional<std::int64_t> status{};  // as the client saw it
  // What was said of it afterwards: the name, and the value's JSON text ("" = any).
  std::string feedback_name{}, feedback_value{};
  std::map<std::string, std::string> metadata{};
  std::string purpose{};  // "" = real traffic: what Maester asked itself is left out
  std::size_t limit = 1'000;
};
inline constexpr std::size_t kMaxRequests = 10'000;
// Code::invalid_request, naming the member.
Result<RequestFilter> read_request_filter(json::Value value);

struct Recorded {
  meter::RequestRow row;
  json::Document capture;  // {record, replay}
  std::int64_t latency_ms = 0;
  json::Value record() const { return capture.root().get("record"); }
  json::Value replay() const { return capture.root().get("replay"); }
};

class RecordedRequests {
 public:
  RecordedRequests(meter::UsageStore& usage, store::Journal& journal, access::Vault& vault,
                   const prompts::Registry& prompts)
      : usage_(usage), journal_(journal), vault_(vault), prompts_(prompts) {}

  struct Selected {
    std::vector<meter::RequestRow> rows;          // newest first
    std::map<std::string, std::string> feedback;  // request -> the id that chose it
    bool more = false;                            // the limit was reached
  };
  // Includes everything that was acknowledged before the call. Code::not_found for an id that is
  // not the tenant's.
  Result<Selected> select(const std::string& tenant, const RequestFilter& filter);
  // Code::replay_not_captured when its bodies were not kept.
  Result<Recorded> open(const std::string& tenant, const meter::RequestRow& row);
  Result<Recorded> open(const std::string& tenant, std::string_view request_id);

  // The request's input, checks and source; state pending.
  Result<Case> make_case(const std::string& tenant, const Recorded& recorded) const;

  struct Cases {
    std::vector<Case> cases;
    std::vector<std::string> not_captured;  // request ids
    std::vector<std::string> not_usable;    // of another kind than a chat
    bool more = false;
  };
  Result<Cases> cases(const std::string& tenant, const RequestFilter& filter);

 private:
  Status catch_up();
  Result<std::string> receipt(const meter::RequestRow& row);
  Result<bool> fits(const std::string& tenant, const RequestFilter& filter,
                    const meter::RequestRow& row, Selected& out);
  meter::UsageStore& usage_;
  store::Journal& journal_;
  access::Vault& vault_;
  const prompts::Registry& prompts_;
};

}  // namespace maester::evals
