// Datasets: named sets of cases in numbered versions that never change. A case is what is asked
// (variables of a prompt, or a whole chat), what is expected, and where it came from.
//
// Plain values. Texts that are JSON are kept as their text: numbers of a recorded request stay as
// they were.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace maester::evals {

// Only approved cases decide anything unless a run says otherwise; quarantined ones are kept and
// not asked.
enum class CaseState : std::uint8_t { approved, pending, quarantined };
std::string_view to_string(CaseState state);
std::optional<CaseState> parse_case_state(std::string_view name);

// Where a case came from; "" = not from there.
struct CaseSource {
  std::string request_id;  // a recorded request
  std::string run;         // a run's result
  std::string feedback;    // id of the feedback that chose it
  std::string review;      // id of the review whose label it has
  std::string file;        // "cases.jsonl:12"
  std::string group;       // cases of one group are no independent evidence; else the request's id
  std::string cluster() const { return group.empty() ? request_id : group; }
  bool operator==(const CaseSource&) const = default;
};

struct Case {
  std::string id;  // "" = made of its input
  std::string description;
  // JSON texts, "" = none.
  std::string vars;          // an object: variables of the prompt
  std::string messages;      // an array: the whole chat as it is sent without a prompt
  std::string own_messages;  // an array: what follows the prompt's messages
  std::string parameters;    // an object: further members of the request (tools, temperature, ...)
  std::string expected;      // a text or any JSON
  std::string assertions;    // an array of promptfoo's assertion objects
  std::string metadata;      // an object
  std::optional<double> threshold;
  CaseSource source;
  CaseState state = CaseState::approved;
  std::int64_t since = 0;  // the version in which it became as it is
};

struct DatasetVersion {
  std::int64_t number = 0;
  std::int64_t approved = 0, pending = 0, quarantined = 0;
  std::string message, author;
  WallTime created_at{};
  std::int64_t cases() const { return approved + pending + quarantined; }
};

struct Dataset {
  std::string tenant, id, name, description;
  DatasetVersion latest;
  WallTime created_at{}, updated_at{};
};

// Bounds (docs/how-to/datasets.md).
inline constexpr std::int64_t kMaxDatasets = 1'000;    // of a tenant
inline constexpr std::int64_t kMaxCases = 100'000;     // of a version
inline constexpr std::size_t kMaxCaseBytes = 1 << 20;  // of a case's body
inline constexpr std::int64_t kMaxDatasetVersions = 10'000;

// [A-Za-z0-9_-][A-Za-z0-9._-]{0,127}
Status check_dataset_name(std::string_view name);
// 1 to 128 of letters, digits and . _ - : /
Status check_case_id(std::string_view id);

struct DatasetRef {
  std::string name;
  std::int64_t version = 0;  // 0 = the latest
};
// "name", "name@3" or "name@v3".
Result<DatasetRef> parse_dataset_ref(std::string_view text);

}  // namespace maester::evals
