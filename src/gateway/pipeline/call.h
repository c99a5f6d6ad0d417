// One request on its way through the pipeline: everything the stages learn and decide about it.
// Made by a surface's route, owned by the coroutine that runs the request, on one core.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/principal.h"
#include "base/id.h"
#include "checks/check.h"
#include "codec/json.h"
#include "gateway/cache/cached_answer.h"
#include "gateway/cache/flight.h"
#include "gateway/chat.h"
#include "gateway/evidence/grounding.h"
#include "gateway/guard/rulebook.h"
#include "gateway/pipeline/overload.h"
#include "gateway/provider.h"
#include "gateway/routing/lane_use.h"
#include "gateway/routing/snapshot.h"
#include "meter/cost.h"
#include "meter/ledger.h"
#include "meter/limiter.h"
#include "obs/span.h"
#include "prompts/prompt.h"
#include "runtime/stop.h"
#include "wire/client.h"
#include "wire/server.h"

namespace maester::gateway {

class Surface;
class StreamWriter;
struct SemanticAsk;
struct VectorsUse;
struct Once;
struct GuardState;
struct ConcurrencySlot;
struct Structured;

// What a provider is asked for; chats but for a surface that says otherwise in read(). A count of
// tokens is free: it is neither journalled nor recorded.
enum class Operation : std::uint8_t { chat, count_tokens, embeddings, rerank };
std::string_view to_string(Operation operation);

// An answer from documents: of which collection, and how.
struct KnowledgeAsk {
  std::string collection, filters;  // filters: JSON, "" = none
  std::int64_t index_version = 0;   // 0 = the live one
  std::size_t top_k = 8;
  bool require_citations = false;
};

// What the caller asked of Maester beyond the provider's API: the `maester` object, or a route's
// own fields.
struct Options {
  bool asked = false;  // the caller sent the `maester` object: the answer carries one
  std::string prompt_name, prompt_version, prompt_label;
  std::string prompt_fallback;  // template in its place when it is not there; "" = none
  std::string variables_json;   // "" = none
  std::vector<checks::CompiledCheck> checks;
  std::string checks_json;  // as asked for; "" = none
  bool budget_asked = false;
  std::string budget_scope;
  FemtoUsd max_cost;
  bool allow_cheaper = true;
  std::string user;
  std::optional<std::vector<std::string>> user_groups;  // as the caller says; see resolve
  std::string region;  // the models that may answer must be there; "" = anywhere
  bool max_tokens_said =
      true;  // false: the limit is the route's own, and a prompt's goes before it
  std::vector<std::pair<std::string, std::string>> metadata;
  std::optional<milliseconds> timeout;
  std::optional<CacheMode> cache_mode;  // absent = as the route says
  std::optional<std::chrono::seconds> cache_ttl;
  std::optional<KnowledgeAsk> knowledge;
};

// The registry's prompt, if one was asked for, as rendered.
struct PromptUse {
  std::string name, version, hash, template_hash;
  std::string text;
  std::string label;      // by which the version was found; "" = by its name
  bool fallback = false;  // it was not there, and the caller's own text took its place
};

// What the request budget said (CONTRACT.md §5 `budget`).
struct Estimate {
  std::string model;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  FemtoUsd input_cost, output_cost, other_cost;  // other: per request, components
  FemtoUsd total() const { return input_cost + output_cost + other_cost; }
};
struct BudgetOutcome {
  bool allowed = true;
  bool fallback_applied = false;
  std::string reason;
  std::string effective_model;
  std::string cheaper_model;  // what would stand in, "" when none
  Estimate estimate;
  // The scope's totals after this request was settled.
  std::int64_t scope_requests = 0;
  FemtoUsd scope_cost;
};

// One try at one target, from its intent record to its settlement.
struct Attempt {
  std::uint32_t number = 1;
  const Target* target = nullptr;
  const Provider* adapter = nullptr;  // of the target's provider, for this caller's protocol
  std::size_t credential = 0;         // of the target's provider
  LaneUse lane;
  WallTime started_wall{};
  MonoTime started{}, headers_at{}, first_event_at{}, ended{};
  int status = 0;                      // of the provider, 0 = no answer
  std::optional<ProviderError> error;  // what the provider said
  std::optional<Error> failure;        // why it ended without an answer
  std::string error_code;   // ours: "deadline_exceeded", "upstream_error", "cancelled", ...
  bool sent = false;        // bytes may have reached the provider
  bool journalled = false;  // its intent is in the journal
  bool settled = false;
  bool delivered = false;  // the provider's answer was whole
  bool cached = false;     // no try at all: the answer came from the cache
  ChatResponse response;
  EmbeddingResponse vectors;  // of Operation::embeddings
  RerankResponse ranking;     // of Operation::rerank
  std::string raw_body;       // of a whole answer in the surface's own protocol
  std::string held_bytes;     // of a stream that is held back, in the surface's form
  // The provider's own last event of a forwarded stream (message_stop, response.completed): not
  // sent on by the relay, so that the settlement comes first.
  std::string end_event;
  std::optional<meter::Usage> usage;
  meter::CostOptions cost_options;           // under which it is priced
  std::optional<meter::CostBreakdown> cost;  // nullopt = unpriced
  FemtoUsd components;                       // beside it, on the last attempt (components.h)
  // Budgets over time (hold.h).
  std::optional<FemtoUsd> worst_case;
  std::optional<std::int64_t> max_tokens;  // the output limit that was reserved, of one choice
  meter::Reservation held;
  std::vector<meter::BudgetCharge> charges;
  SpanId span;
  std::unique_ptr<runtime::StopSource> stop;  // of a hedged attempt; outlives `upstream`
  // Kept until the client has its end: a pooled connection is given back off the answer's path.
  std::unique_ptr<wire::ClientResponse> upstream;
};

// How the targets were chosen, for the receipt.
struct Routing {
  // A target that was not asked though its turn was or would have been, and why: it may not or
  // cannot take the request, or it is left alone for a while.
  struct PassedOver {
    std::string model, provider;
    std::string_view reason;  // "breaker_open", "cooling_down", "tools", "not_allowed", ...
    bool operator==(const PassedOver&) const = default;
  };
  std::vector<PassedOver> passed_over;
  // What the strategy compared, by target: estimated costs, or times to the first byte.
  std::vector<std::optional<FemtoUsd>> costs;
  std::vector<nanoseconds> first_bytes;
  // Targets whose provider's protocol cannot express the request, by index.
  std::uint64_t unfit = 0;
};

// What the response cache has to do with the request.
struct CacheUse {
  enum class State : std::uint8_t { off, miss, hit } state = State::off;
  CacheKey key;
  std::chrono::seconds ttl{0};
  CachedAnswerPtr answer;  // of a hit
  bool shared = false;     // the hit is what an equal request was just answered
  // Of mode semantic, when the request is fit for it: what it shares with others, and its question.
  std::unique_ptr<SemanticAsk> semantic;
  std::unique_ptr<VectorsUse> vectors;  // of embeddings, each of which is looked up by itself
  float similarity = 1;                 // of a hit
  std::unique_ptr<Flights::Lead> lead;  // equal requests wait for this one
};
std::string_view to_string(CacheUse::State state);  // "off", "miss", "hit"

enum class Decision : std::uint8_t { answer, repaired, fallback, clarify, refuse, escalate };
std::string_view to_string(Decision decision);  // "return", "repaired", ...

// In which form limits are told.
enum class RateHeaders : std::uint8_t { openai, anthropic, standard };

struct Call {
  Call();
  ~Call();
  Call(const Call&) = delete;

  // ---- from the wire
  wire::ServerRequest* request = nullptr;    // null for a call that Maester makes itself (a replay)
  wire::ServerResponse* response = nullptr;  // where a stream is written; null = never streams
  const Surface* surface = nullptr;
  Operation operation = Operation::chat;
  std::string body;
  std::string client_request_id;
  MonoTime received{};
  WallTime received_wall{};
  runtime::StopToken gone;           // the client went away
  std::string_view endpoint;         // the route's pattern
  std::string_view idempotency_key;  // "" = none

  RateHeaders rate_headers = RateHeaders::standard;
  // Of a call that Maester makes itself: what for ("eval", "batch", ...), how urgent it is, whether
  // it may take a kept answer (a replay asks what a provider says now), and whether the provider
  // charges its batch price.
  std::string purpose;
  Priority priority = Priority::interactive;
  bool takes_kept_answers = false;
  bool batch_price = false;
  access::Role required_role = access::Role::member;

  // ---- authenticate, admit
  access::Principal principal;
  Uuid id;
  std::string id_text;
  std::shared_ptr<const Snapshot> snapshot;
  std::optional<obs::Trace> trace;
  std::shared_ptr<ConcurrencySlot> slot;
  meter::Admission admission;
  std::optional<meter::LimitRefusal> limit_refusal;
  Deadline deadline = Deadline::never();

  std::unique_ptr<Once> once;  // null without an idempotency key

  // ---- resolve
  std::optional<json::Document> document;  // of the body
  bool pass_through =
      false;  // the body is a chat in the surface's protocol that may be forwarded as it is
  // Of other operations than chats: the model's name and the user alone.
  ChatRequest chat;
  EmbeddingRequest embedding;  // of Operation::embeddings
  RerankRequest rerank;        // of Operation::rerank
  Options options;
  PromptUse prompt;
  Resolution resolution;
  std::string requested_model;

  // ---- guard_input
  const guard::Policy* policy = nullptr;  // of the snapshot; null = none applies
  std::unique_ptr<GuardState> guarded;    // null: neither a policy nor governed tools

  // ---- retrieve
  EvidencePtr evidence;  // null: the answer is the model's own
  MonoTime retrieve_started{}, retrieve_ended{};
  std::int64_t dropped_markers = 0;
  std::optional<Judgement> judgement;

  // ---- lookup
  CacheUse cache;

  // ---- reserve
  BudgetOutcome budget;
  std::optional<meter::Reservation> reservation;
  meter::Ledger::Chain budgets;  // over time; each attempt reserves in them
  std::optional<meter::BudgetRefusal> refusal;
  std::vector<meter::BudgetWarning> budget_warnings;
  std::optional<std::int64_t> send_max_tokens;  // the limit the provider is to be sent

  // ---- attempt .. settle
  std::vector<std::unique_ptr<Attempt>> attempts;
  std::size_t next_target = 0;
  Routing routing;
  const Attempt* blamed = nullptr;          // whose failure the client is told; null = none
  std::optional<milliseconds> retry_after;  // for the client, when no provider named one
  std::unique_ptr<StreamWriter> writer;     // of the newest attempt's stream
  bool streaming = false;                   // the answer's head is on its way to the client
  bool held_back = false;  // a check may still refuse: nothing goes out before the judgement
  std::optional<checks::Evaluation> evaluation;
  std::unique_ptr<Structured> structured;  // of an answer that is to be JSON (structured.h)
  Decision decision = Decision::answer;
  MonoTime validate_started{}, validate_ended{};
  bool settled = false;
  struct ComponentPart {
    const CostComponent* component;  // of the snapshot
    std::int64_t quantity;
  };
  std::vector<ComponentPart> components;  // of the cost, once it is over (components.h)
  std::string replayed_from;              // request id of the original, for a replay
  std::string shadow_of;                  // the same, for a shadow (shadow.h)
  std::string judges_for;  // request id for which a policy asks; such a call has no policy itself

  Attempt* attempt() { return attempts.empty() ? nullptr : attempts.back().get(); }
  const Attempt* attempt() const { return attempts.empty() ? nullptr : attempts.back().get(); }
  // What was spent over all attempts, components included; nullopt when an attempt was unpriced.
  std::optional<FemtoUsd> total_cost() const;
};

}  // namespace maester::gateway
