#include "app/config_schema.h"

#include <array>
#include <cassert>

#include "app/config_fields.h"
#include "app/config_schema_guard.h"

namespace maester::app {
namespace {

using namespace fields;

constexpr std::array<std::string_view, 2> kDurability = {"process", "power"};
constexpr std::array<std::string_view, 3> kReplay = {"off", "metadata", "full"};
constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 10> kKinds = {
    "openai",  "anthropic", "gemini", "bedrock",           "azure",
    "mistral", "cohere",    "ollama", "openai-compatible", "simulated"};
constexpr std::array<std::string_view, 4> kComponentKinds = {"tool", "retrieval", "infrastructure",
                                                             "review"};
constexpr std::array<std::string_view, 3> kComponentUnits = {"request", "tool_call", "review"};
constexpr std::array<std::string_view, 2> kFlavors = {"OpenAI", "Anthropic"};
constexpr std::array<std::string_view, 4> kStrategies = {"priority", "weighted", "latency", "cost"};
constexpr std::array<std::string_view, 3> kSticky = {"none", "user", "conversation"};
constexpr std::array<std::string_view, 3> kCacheModes = {"off", "exact", "semantic"};
constexpr std::array<std::string_view, 3> kRoles = {"viewer", "member", "admin"};

constexpr std::int64_t kHour = 3'600'000;

constexpr std::array kTls = {
    text("certificate", "", "PEM file with the server's certificate chain."),
    text("key", "", "PEM file with its private key. Both or none."),
};
constexpr Table kTlsTable{"[tls]", kTls};

constexpr std::array kLedger = {
    choice("durability", "process", kDurability, {},
           "When a call counts as recorded: `process` once the kernel has it (survives kill -9; a "
           "power cut may lose the last 50 ms), `power` once the disk has it."),
};
constexpr Table kLedgerTable{"[ledger]", kLedger};

constexpr std::array kCapture = {
    choice("replay", "metadata", kReplay, {},
           "What is kept to replay a request: nothing, everything but the texts, or `full` with "
           "request and answer bodies."),
    integer("retention_days", "30", 1, 3650, "Days after which captured requests are deleted."),
};
constexpr Table kCaptureTable{"[capture]", kCapture};

constexpr std::array kLog = {
    choice("level", "info", kLevels, {}, "The least important log lines that are written."),
};
constexpr Table kLogTable{"[log]", kLog};

constexpr std::array kEgress = {
    list("allow", Type::text_list,
         "HOST:PORT of private or plain-http upstreams that may be called, e.g. "
         "\"127.0.0.1:11434\". All other private addresses are refused."),
    text("ca_file", "", "PEM file of certificate authorities to trust instead of the system's."),
};
constexpr Table kEgressTable{"[egress]", kEgress};

constexpr std::array kLimits = {
    integer("chat_body_bytes", "10485760", 1024, 104'857'600, "Largest body of a chat request."),
    integer("max_messages", "2048", 1, 100'000, "Most messages in a chat request."),
    integer("max_tools", "128", 0, 10'000, "Most tools in a chat request."),
    integer("max_stop", "4", 0, 64, "Most stop sequences in a chat request."),
    integer("max_n", "8", 1, 128, "Most choices that a chat request may ask for."),
    integer("concurrency_per_key", "64", 1, 100'000, "Requests of one key at a time."),
    integer("concurrency_total", "2000", 1, 1'000'000, "Requests at a time in all."),
    integer(
        "queue_ms", "100", 0, 10'000,
        "The longest wait for room among `concurrency_total`, in turn by tenant; batch waits two "
        "fifths of it; 0 = none."),
    integer("concurrency_shadow", "16", 1, 1000,
            "Shadow calls at a time in all; more are left out."),
    integer(
        "memory_mb", "0", 0, 16'777'216,
        "Resident memory at which overload control refuses: batch from 90 %, all from 95 %. 0 = "
        "what the control group or the machine has."),
    integer("default_max_tokens", "4096", 1, 10'000'000,
            "Output tokens reserved when neither the request nor the model says."),
};
constexpr Table kLimitsTable{"[limits]", kLimits};

constexpr std::array kBreaker = {
    flag("enabled",
         "Remember failing providers: breakers, and the pauses that a 429 or a refused credential "
         "asks for."),
    integer("consecutive_failures", "5", 1, 1000, "Failures in a row that open it."),
    integer("failure_percent", "20", 1, 100,
            "Share of failed calls that opens it, of at least `minimum_calls` within `window_ms`."),
    integer("minimum_calls", "20", 1, 1'000'000, "Calls before the share counts."),
    integer("window_ms", "30000", 60, kHour, "The newest calls that the share is of."),
    integer("open_ms", "30000", 1, kHour,
            "Time for which nothing is sent, +- 20 %; the n-th opening in a row lasts n times as "
            "long."),
    integer(
        "max_open_ms", "30000", 1, kHour,
        "The longest opening. 300000 is kinder to providers when nobody waits for the answers."),
};
constexpr Table kBreakerTable{"[breaker]", kBreaker};

constexpr std::array<std::string_view, 4> kStructuredModes = {"off", "record", "repair", "retry"};
constexpr std::array<std::string_view, 2> kStructuredStreams = {"record", "hold"};
constexpr std::array kStructured = {
    choice(
        "mode", "retry", kStructuredModes, {},
        "What is done with an answer that does not fit the schema it was asked for: nothing, a "
        "note in the receipt, `repair` (the JSON is taken out of the words around it), or `retry` "
        "(repaired, else asked for once more). What still does not fit is then refused."),
    choice("streams", "record", kStructuredStreams, {},
           "Streams flow and are judged for the record, or are held back to be repaired."),
};
constexpr Table kStructuredTable{"[structured_output]", kStructured};

constexpr std::array kDebug = {
    flag("journal", "Write intents and settlements. Off, calls are not in the ledger."),
    flag("trace", "Record spans."),
    flag("log_requests", "Write a log line per request."),
    flag("evaluate", "Run the checks of requests."),
    flag("price", "Compute costs."),
};
constexpr Table kDebugTable{"[debug]", kDebug};

constexpr std::array kSimulated = {
    choice("flavor", "OpenAI", kFlavors, {}, "The word that its answers begin with."),
    integer("latency_ms", "0", 0, kHour, "Waits so long before the first byte."),
    integer("chunk_latency_ms", "0", 0, kHour, "Waits so long between the chunks of a stream."),
    integer("fail_percent", "0", 0, 100, "Share of requests that fail."),
    integer("fail_status", "503", 400, 599, "The status that they fail with."),
};
constexpr Table kSimulatedTable{"`simulated` of [[providers]]", kSimulated};

constexpr std::array kProvider = {
    required(text("name", "", "What models refer to.")),
    required(choice("kind", "", kKinds, {},
                    "The protocol it speaks; `simulated` answers in process, without a network.")),
    text("base_url", "",
         "Root of its API; https, or plain http for an address in egress.allow. Default: the "
         "provider's own, which kinds `azure` and `openai-compatible` have not."),
    secret("api_key", "The credential, best as `${env:NAME}` or `${file:PATH}`."),
    list("api_keys", Type::secret_list,
         "Several credentials instead of one: used in turn, each with its own pauses."),
    text("region", "", "Kind `bedrock`: where the models run, such as `us-east-1`."),
    secret("access_key_id", "Kind `bedrock`: signs requests, in place of `api_key`."),
    secret("secret_access_key", "Kind `bedrock`: belongs to `access_key_id`."),
    secret("session_token", "Kind `bedrock`: of temporary credentials."),
    text("api_version", "",
         "Kind `azure`: calls deployments by this version of the API, such as `2024-10-21`. "
         "Default: Azure's /openai/v1, which has no versions."),
    field(
        "think_tags", Type::flag,
        "Kind `openai-compatible`: true when answers begin with <think>...</think>, which is their "
        "reasoning.",
        "false"),
    field("responses", Type::flag,
          "Kind `openai-compatible`: true when the server has OpenAI's Responses API, to which "
          "callers of it are then passed; they are translated to chat completions otherwise.",
          "false"),
    nested("simulated", Type::table, kSimulatedTable, "How a simulated provider behaves."),
};
constexpr Table kProviderTable{"[[providers]]", kProvider};

constexpr std::array kPrice = {
    money("input_per_mtok", "USD per million fresh input tokens."),
    money("cached_input_per_mtok", "USD per million input tokens read from the provider's cache."),
    money("cache_write_per_mtok", "USD per million input tokens written to its cache."),
    money("output_per_mtok", "USD per million output tokens."),
    money("reasoning_per_mtok", "USD per million reasoning tokens."),
    money("cache_write_1h_per_mtok", "USD per million tokens written to it for an hour."),
    money("audio_input_per_mtok", "USD per million audio tokens in."),
    money("audio_output_per_mtok", "USD per million audio tokens out."),
    money("per_request", "USD for each call that was answered."),
    money("per_search", "USD for each search that the provider made."),
};
constexpr Table kPriceTable{"`price` of [[models]]", kPrice};

constexpr std::array kModelBatch = {
    text("service_tier", "",
         "The `service_tier` that lines of batches ask for unless they say their own, such as "
         "`flex`; they are charged for the tier that the provider says it served."),
    field("price", Type::flag,
          "True when the provider charges its batch price for what batches ask, by contract.",
          "false"),
};
constexpr Table kModelBatchTable{"`batch` of [[models]]", kModelBatch};

constexpr std::array kModel = {
    required(
        text("name", "", "What callers ask for. \"openai/*\" passes any name after the slash on.")),
    required(text("provider", "", "Name of a provider.")),
    text("upstream_model", "", "The provider's name for it. Default: `name`."),
    nested("price", Type::table, kPriceTable, "Overrides the price book; decimals as strings."),
    integer("max_output_tokens", "", 1, 10'000'000,
            "The model's cap. Default: limits.default_max_tokens when a request has none."),
    integer(
        "context_length", "", 1, 100'000'000,
        "Tokens that fit its prompt: a route passes over it for longer ones. Default: the price "
        "book's."),
    flag("tools", "False: a route passes over it for requests with tools."),
    flag("vision", "False: a route passes over it for requests with images."),
    flag("json_schema", "False: a route passes over it for answers by a JSON schema."),
    flag("prefill", "False: a route passes over it when the assistant speaks last."),
    text("region", "",
         "Where it runs, any word such as `eu`: compared with a route's and a request's `region`."),
    nested("batch", Type::table, kModelBatchTable, "What its provider grants to batches."),
};
constexpr Table kModelTable{"[[models]]", kModel};

constexpr std::array kTarget = {
    required(text("model", "", "Name of a model.")),
    integer("weight", "1", 0, 1'000'000,
            "Of strategy `weighted`: its share of first places; 0 = only after all others."),
};
constexpr Table kTargetTable{"`targets` of [[routes]]", kTarget};

constexpr std::array kTimeouts = {
    integer("connect_ms", "5000", 1, kHour, "Name look-up, connect and TLS together."),
    integer("first_byte_ms", "60000", 1, kHour, "From the request sent to the answer's head."),
    integer("idle_ms", "60000", 1, kHour, "Between two reads of an answer."),
    integer("total_ms", "120000", 1, kHour, "A whole request, retries included."),
    integer("stream_total_ms", "600000", 1, 24 * kHour, "A whole streamed request."),
};
constexpr Table kTimeoutsTable{"`timeouts` of [[routes]]", kTimeouts};

constexpr std::array kRetry = {
    integer("attempts", "3", 1, 3, "Calls per request at most, fallbacks included."),
    integer("budget_percent", "10", 0, 100,
            "Repeats at one upstream within 10 s as a share of the first attempts there, and 10 "
            "more; 0 = none."),
};
constexpr Table kRetryTable{"`retry` of [[routes]]", kRetry};

constexpr std::array kFallbacks = {
    list("context_length", Type::text_list,
         "Models to try when the provider says that the prompt is too long."),
    list("content_filter", Type::text_list, "Models to try when the provider refuses the content."),
};
constexpr Table kFallbacksTable{"`fallbacks` of [[routes]]", kFallbacks};

constexpr std::array kHedge = {
    integer("after_ms", "0", 0, kHour,
            "Time without the head of an answer after which a second call is made; 0 = off, unless "
            "`at_p95`. The first good answer is taken, the other call cancelled; both are paid."),
    field("at_p95", Type::flag,
          "True: after the time within which 95 % of the upstream's answers began, if longer than "
          "`after_ms` and once 50 are known.",
          "false"),
    integer("max_percent", "2", 1, 2, "Most requests that may be hedged."),
};
constexpr Table kHedgeTable{"`hedge` of [[routes]]", kHedge};

constexpr std::array kRouteCache = {
    choice("mode", "off", kCacheModes, {},
           "What is done for requests that do not say: nothing; an answer to the same request is "
           "given again; or to one that differs only in how its last question is worded."),
    integer("ttl_s", "300", 1, 2'592'000, "Seconds for which an answer is given again."),
    integer("threshold_percent", "95", 90, 100,
            "Of mode semantic: how alike two questions must be to be one, as the cosine of their "
            "vectors."),
    text("embedding_model", "",
         "Of mode semantic: a [[models]] name whose vectors questions are compared by, asked for "
         "each question that is not known and paid like any call; without it words are hashed."),
};
constexpr Table kRouteCacheTable{"`cache` of [[routes]]", kRouteCache};

constexpr std::array kShadow = {
    required(text("model", "", "A [[models]] name, or one that a pattern lets through.")),
    required(integer("percent", "", 1, 100, "Share of the answered requests.")),
};
constexpr Table kShadowTable{"`shadow` of [[routes]]", kShadow};

constexpr std::array kRoute = {
    required(text("name", "", "Asked for as `model`; no model has the same name.")),
    choice("strategy", "priority", kStrategies, {},
           "Which target comes first: as they stand; by chance and `weight`; the faster of two at "
           "random (time to the first byte, calls under way); the cheapest for this request. The "
           "others follow when it fails."),
    choice("sticky", "none", kSticky, {},
           "Of strategy `weighted`: the requests of one user, or of one conversation "
           "(maester.metadata.conversation_id, else how it began), go to the same target."),
    text("region", "", "Its targets' `region` must be this one."),
    required(nested("targets", Type::table_list, kTargetTable, "The models to try.")),
    nested("fallbacks", Type::table, kFallbacksTable,
           "Models for failures that the targets above would share."),
    nested("timeouts", Type::table, kTimeoutsTable, "How long to wait for what."),
    nested("retry", Type::table, kRetryTable, "How often to try again."),
    nested("hedge", Type::table, kHedgeTable, "A second call when the first is slow."),
    nested("cache", Type::table, kRouteCacheTable, "Giving an answer again."),
    nested("shadow", Type::table, kShadowTable,
           "Answered requests once more, to a model that is on trial; the answer is kept, not "
           "sent."),
    text("policy", "", "Name of the policy of its requests. Default: `default_policy`."),
};
constexpr Table kRouteTable{"[[routes]]", kRoute};

constexpr std::array kKey = {
    required(text("name", "", "Shown in receipts and usage instead of the key.")),
    required(secret("key", "The whole key, 16 characters or more, best as `${env:NAME}`.")),
    text("tenant", "default", "Whose data it reaches."),
    choice("role", "member", kRoles, {},
           "`viewer` reads, `member` also calls models and writes prompts, `admin` also manages."),
};
constexpr Table kKeyTable{"[[keys]]", kKey};

constexpr std::array kComponent = {
    required(text("name", "", "Names the part of the cost in receipts.")),
    choice("kind", "infrastructure", kComponentKinds, {}, "What it pays for."),
    choice("per", "request", kComponentUnits, {},
           "Charged for each request that was sent, each tool call in its answer, or each request "
           "handed to review."),
    required(money("price", "USD each.")),
    integer(
        "at_most", "1", 1, 1000,
        "So many are charged, and reserved, in one request; more than 1 with `tool_call` only."),
    list("models", Type::text_list, "Names of the models that it is charged for; none = all."),
};
constexpr Table kComponentTable{"[[cost_components]]", kComponent};

constexpr std::array kCache = {
    flag("enabled", "False: no request is answered from the cache, whatever it or its route says."),
    integer("memory_mb", "64", 1, 1'048'576, "What answers may occupy in memory."),
    integer(
        "disk_mb", "1024", 0, 16'777'216,
        "What answers may occupy on disk, sealed, behind those in memory; 0 = none are written."),
    integer("max_entry_kb", "1024", 1, 32'768, "The longest answer that is kept."),
    integer("max_questions", "20000", 1, 10'000'000,
            "Questions that semantic caches remember, of about 2 KiB each."),
    integer("max_ttl_s", "2592000", 1, 31'536'000,
            "The longest time for which a request or a route may have an answer kept."),
};
constexpr Table kCacheTable{"[cache]", kCache};

constexpr std::array kJobs = {
    integer("workers", "2", 0, 256,
            "Threads that run jobs; 0 = none here, for instance because `maester worker` runs them "
            "while the server is down."),
    integer("per_tenant", "2", 1, 256, "So many jobs of one tenant run at a time."),
};
constexpr Table kJobsTable{"[jobs]", kJobs};

constexpr std::array kBatches = {
    integer("at_once", "4", 0, 64, "Batches that run at a time; 0 = none here."),
    integer("per_tenant", "2", 1, 64, "So many batches of one tenant run at a time."),
    integer("concurrency", "16", 1, 1024,
            "Lines of one batch that are asked at a time, at most; fewer while a provider or a "
            "limit says 429."),
    integer("max_lines", "50000", 1, 1'000'000, "Requests that one batch may have."),
    integer("max_file_mb", "100", 1, 4096, "The largest file that may be uploaded."),
};
constexpr Table kBatchesTable{"[batches]", kBatches};

constexpr std::array kRoot = {
    text("listen", "127.0.0.1:8080", "ADDRESS:PORT to serve on."),
    text("data_dir", "maester-data", "Directory of everything durable."),
    text("default_model", "", "Model or route of requests that name none."),
    integer("cores", "0", 0, 1024, "Threads that serve requests; 0 = one per processor."),
    integer("drain_seconds", "120", 0, 3600,
            "How long a SIGTERM waits for what runs; streams then end with an error event. The "
            "process manager must have more patience than that."),
    nested("tls", Type::table, kTlsTable, "Serve https."),
    nested("ledger", Type::table, kLedgerTable, "The record of every call."),
    nested("capture", Type::table, kCaptureTable, "What is kept of requests."),
    nested("log", Type::table, kLogTable, "The log on standard error."),
    nested("egress", Type::table, kEgressTable, "Where the server may connect to."),
    nested("limits", Type::table, kLimitsTable, "Bounds of requests."),
    nested("cache", Type::table, kCacheTable, "The response cache."),
    nested("jobs", Type::table, kJobsTable, "Work that outlives its request."),
    nested("batches", Type::table, kBatchesTable, "Files and batches."),
    nested("breaker", Type::table, kBreakerTable,
           "When a model at a provider is left alone for a while, per credential."),
    nested("structured_output", Type::table, kStructuredTable,
           "Answers that are asked for as JSON (response_format)."),
    nested("debug", Type::table, kDebugTable,
           "Switches to measure what a part costs; leave them on."),
    nested("providers", Type::table_list, kProviderTable, "Who runs the models."),
    nested("models", Type::table_list, kModelTable, "What callers can ask for."),
    nested("routes", Type::table_list, kRouteTable, "Models with fallbacks behind one name."),
    nested("keys", Type::table_list, kKeyTable, "Who may call."),
    nested("cost_components", Type::table_list, kComponentTable,
           "What requests cost beside the model."),
    nested("policies", Type::table_list, kPolicyTable, "What is looked for in texts."),
    text("default_policy", "", "The policy of requests whose key, route and tenant name none."),
    nested("policy_for", Type::table_list, kPolicyForTable, "Policies of tenants and keys."),
    nested("tools", Type::table_list, kToolTable, "Tools that may be declared and called."),
    nested("tool_rules", Type::table, kToolRulesTable, "What holds for all tools."),
};
constexpr Table kRootTable{"the top level", kRoot};

}  // namespace

std::size_t Table::index(std::string_view name) const {
  std::size_t i = 0;
  while (i < fields.size() && fields[i].name != name) ++i;
  assert(i < fields.size());
  return i;
}

const Table& config_schema() {
  return kRootTable;
}

}  // namespace maester::app
