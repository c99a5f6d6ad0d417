// What the operator configures (CONTRACT.md §2), checked and resolved: names have been found,
// numbers are in bounds. app/config reads it from TOML; the gateway takes it as an immutable part
// of its snapshot.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/secret.h"
#include "base/clock.h"
#include "base/money.h"
#include "gateway/guard/policy_config.h"
#include "gateway/routing/breaker.h"
#include "meter/price.h"
#include "store/journal.h"

namespace maester::gateway {

enum class ProviderKind : std::uint8_t {
  openai,
  anthropic,
  gemini,
  bedrock,
  azure,
  mistral,
  cohere,
  ollama,
  openai_compatible,
  simulated,
};

// How the simulated provider behaves. Latency is added before the first byte and between stream
// chunks.
struct SimulatedConfig {
  std::string flavor = "OpenAI";  // the word in its answers: "OpenAI" | "Anthropic"
  milliseconds latency{0};
  milliseconds chunk_latency{0};
  int fail_percent = 0;  // of requests, answered with fail_status
  int fail_status = 503;
};

// What signs requests to Amazon Bedrock, in place of an API key.
struct AwsCredential {
  access::Secret access_key_id, secret_access_key, session_token;  // the last may be empty
};

struct ProviderConfig {
  std::string name;
  ProviderKind kind = ProviderKind::openai;
  std::string base_url;                  // of the protocol's root, e.g. "https://api.openai.com/v1"
  std::vector<access::Secret> api_keys;  // resolved; several are used in turn
  std::optional<AwsCredential> aws;      // bedrock, without API keys
  std::string region;                    // bedrock: "us-east-1"
  std::string api_version;               // azure: of the deployments' paths; "" = /openai/v1
  bool think_tags = false;  // openai-compatible: <think> tags in the text hold the reasoning
  bool responses = false;   // openai-compatible: the server has /responses
  SimulatedConfig simulated;
};

using PriceOverride = meter::PriceOverride;  // USD per million tokens, exact

struct ModelConfig {
  std::string name;  // what callers ask for; "openai/*" passes any name below the prefix on
  std::string provider;
  std::string upstream_model;  // "" = name (for a pattern: what the star stood for)
  std::optional<PriceOverride> price;
  std::optional<std::int64_t> max_output_tokens;  // the model's cap
  std::optional<std::int64_t> context_length;     // tokens; absent = the price book's, if any
  // False: requests that need it go to other targets of a route.
  bool tools = true, vision = true, json_schema = true, prefill = true;
  std::string region;  // where it runs, "" = not stated
  // Of batch lines (docs/adr/0181): the `service_tier` that they ask for, "" = none; and whether
  // the provider charges its batch price for whatever a batch asks.
  std::string batch_service_tier;
  bool batch_price = false;
  bool is_pattern() const { return name.ends_with("/*"); }
};

struct Timeouts {
  milliseconds connect{5'000};
  milliseconds first_byte{60'000};
  milliseconds idle{60'000};
  milliseconds total{120'000};
  milliseconds stream_total{600'000};
};

enum class Strategy : std::uint8_t { priority, weighted, latency, cost };
// Of the weighted strategy: whose requests stay with one target.
enum class Sticky : std::uint8_t { none, user, conversation };

struct RouteTarget {
  std::string model;
  std::uint32_t weight = 1;
  bool operator==(const RouteTarget&) const = default;
};

// A second call when the first is slow: after a time, or the 95th percentile when that is known and
// longer. Off when neither is asked for.
struct HedgeConfig {
  milliseconds after{0};
  bool at_p95 = false;
  int percent = 2;  // of requests, at most
  bool operator==(const HedgeConfig&) const = default;
};

enum class CacheMode : std::uint8_t { off, exact, semantic };

// Of a route: what is done for requests that do not say.
struct RouteCache {
  CacheMode mode = CacheMode::off;
  std::chrono::seconds ttl{300};
  float threshold = 0.95F;      // of semantic: the least cosine of two questions that are one
  std::string embedding_model;  // of semantic: whose vectors; "" = hashed words
  bool operator==(const RouteCache&) const = default;
};

// The requests of a route once more, to another model, for nobody to read. Off when no model is
// named.
struct ShadowConfig {
  std::string model;
  int percent = 0;  // of the requests that were answered
  bool operator==(const ShadowConfig&) const = default;
};

struct RouteConfig {
  std::string name;
  Strategy strategy = Strategy::priority;
  Sticky sticky = Sticky::none;
  std::string region;  // its targets must be there; "" = anywhere
  std::vector<RouteTarget> targets;
  // Models to try when a provider says that the prompt is too long, or refuses the content.
  std::vector<std::string> on_context_length, on_content_filter;
  Timeouts timeouts;
  int retry_attempts = 3;
  int retry_budget_percent = 10;
  HedgeConfig hedge;
  RouteCache cache;
  ShadowConfig shadow;
  std::string policy;  // "" = default_policy
};

// Which policy a tenant's or a key's requests have instead of the route's; one of both is set.
struct PolicyFor {
  std::string policy, tenant, key;
};

struct ConfiguredKey {  // a key of the file, beside those of the API
  std::string name;
  access::Secret key;  // whole, resolved
  std::string tenant = "default";
  std::string role = "member";  // viewer | member | admin
  bool operator==(const ConfiguredKey&) const = default;
};

// A part of a request's cost beside the model's price.
struct CostComponent {
  enum class Per : std::uint8_t { request, tool_call, review };
  std::string name;
  std::string kind;  // tool | retrieval | infrastructure | review
  Per per = Per::request;
  FemtoUsd price;                   // USD each
  std::int64_t at_most = 1;         // charged so often in one request
  std::vector<std::string> models;  // those it is charged for; none = all
};

// The response cache's bounds.
struct CacheConfig {
  bool enabled = true;  // false: no request is answered from it
  std::int64_t memory_mb = 64;
  std::int64_t disk_mb = 1024;  // 0 = nothing is written to disk
  std::int64_t max_entry_kb = 1024;
  std::int64_t max_questions = 20'000;  // of semantic caches
  std::chrono::seconds max_ttl{std::chrono::hours{24 * 30}};
};

// The threads that run jobs.
struct JobsConfig {
  std::int64_t workers = 2;     // 0 = none here
  std::int64_t per_tenant = 2;  // jobs of one tenant at a time
};

// Files and batches.
struct BatchesConfig {
  std::int64_t at_once = 4;       // batches that run; 0 = none here
  std::int64_t per_tenant = 2;    // of one tenant
  std::int64_t concurrency = 16;  // lines of a batch that are asked at a time, at most
  std::int64_t max_lines = 50'000;
  std::int64_t max_file_mb = 100;
};

enum class Capture : std::uint8_t { off, metadata, full };

// What is done with an answer that does not fit the schema which it was asked for. `repair` takes
// the JSON out of the words around it, `retry` asks once more after that; what still does not fit
// is refused by both.
enum class StructuredMode : std::uint8_t { off, record, repair, retry };
struct StructuredOutput {
  StructuredMode mode = StructuredMode::retry;
  bool streams = false;  // hold streams back for it; else they are judged for the record
};

struct RequestLimits {
  std::size_t chat_body = 10u << 20;
  std::int64_t max_messages = 2048, max_tools = 128, max_stop = 4, max_n = 8;
  int concurrency_per_key = 64;
  int concurrency_total = 2000;
  milliseconds queue{100};                 // the longest wait for room there; 0 = none
  int concurrency_shadow = 16;             // shadow calls at once, of all routes
  std::int64_t memory_mb = 0;              // 0 = what the control group or the machine has
  std::int64_t default_max_tokens = 4096;  // reserved when neither request nor model says
};

struct Config {
  std::string listen = "127.0.0.1:8080";
  std::string data_dir = "maester-data";
  std::string default_model;
  std::string tls_certificate, tls_key;  // both or none
  store::Durability durability = store::Durability::process;
  Capture capture = Capture::metadata;
  int retention_days = 30;
  unsigned cores = 0;  // 0 = as many as there are
  std::chrono::seconds drain{120};
  std::string log_level = "info";
  std::vector<ProviderConfig> providers;
  std::vector<ModelConfig> models;
  std::vector<RouteConfig> routes;
  std::vector<ConfiguredKey> keys;
  std::vector<CostComponent> cost_components;
  std::vector<guard::PolicyConfig> policies;
  std::string default_policy;  // "" = none
  std::vector<PolicyFor> policy_for;
  std::vector<guard::ToolConfig> tools;
  guard::ToolRules tool_rules;
  std::vector<std::string> egress_allow;
  std::string egress_ca_file;
  RequestLimits limits;
  CacheConfig cache;
  JobsConfig jobs;
  BatchesConfig batches;
  BreakerRules breaker;
  StructuredOutput structured_output;
  // Feature switches for measuring what each costs (`./dev bench`); all on by default.
  bool log_requests = true, trace = true, journal = true, evaluate = true, price = true;
  std::string version;  // first 12 hex digits of the SHA-256 of the canonical text
};

}  // namespace maester::gateway
