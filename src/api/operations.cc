#include <algorithm>
#include <array>

#include "api/operation.h"

namespace maester::api {
namespace {

constexpr std::string_view kChat =
    R"({"type":"object","required":["messages"],"properties":{"model":{"type":"string"},
"messages":{"type":"array","minItems":1,"items":{"type":"object","required":["role"]}},
"max_tokens":{"type":"integer","minimum":1},"stream":{"type":"boolean"},
"temperature":{"type":"number"},"user":{"type":"string"},"maester":{"type":"object"}}})";
constexpr std::string_view kResponses =
    R"({"type":"object","required":["input"],"properties":{"model":{"type":"string"},
"input":{"type":["string","array"]},"instructions":{"type":"string"},
"max_output_tokens":{"type":"integer","minimum":1},"stream":{"type":"boolean"},
"tools":{"type":"array"},"maester":{"type":"object"}}})";
constexpr std::string_view kCompletions =
    R"({"type":"object","required":["prompt"],"properties":{"model":{"type":"string"},
"prompt":{"type":["string","array"]},"max_tokens":{"type":"integer","minimum":1},
"stream":{"type":"boolean"},"maester":{"type":"object"}}})";
constexpr std::string_view kEmbeddings =
    R"({"type":"object","required":["input"],"properties":{"model":{"type":"string"},
"input":{"type":["string","array"]},"dimensions":{"type":"integer","minimum":1},
"encoding_format":{"enum":["float","base64"]},"user":{"type":"string"},
"maester":{"type":"object"}}})";
constexpr std::string_view kRerank =
    R"({"type":"object","required":["query","documents"],"properties":{"model":{"type":"string"},
"query":{"type":"string"},"documents":{"type":"array","minItems":1},
"top_n":{"type":"integer","minimum":1},"return_documents":{"type":"boolean"},
"maester":{"type":"object"}}})";
constexpr std::string_view kMessages =
    R"({"type":"object","required":["messages","max_tokens"],"properties":{
"model":{"type":"string"},"max_tokens":{"type":"integer","minimum":1},
"messages":{"type":"array","minItems":1,"items":{"type":"object","required":["role","content"]}},
"stream":{"type":"boolean"},"temperature":{"type":"number"},"maester":{"type":"object"}}})";
constexpr std::string_view kCountTokens =
    R"({"type":"object","required":["messages"],"properties":{"model":{"type":"string"},
"messages":{"type":"array","minItems":1,"items":{"type":"object","required":["role","content"]}},
"tools":{"type":"array"}}})";
constexpr std::string_view kPrompted =
    R"({"type":"object","required":["prompt_name","variables"],"additionalProperties":false,
"properties":{"prompt_name":{"type":"string"},"prompt_version":{"type":"string"},
"variables":{"type":"object"},"model":{"type":"string"},
"max_tokens":{"type":"integer","minimum":1,"maximum":2000}}})";
constexpr std::string_view kReliable =
    R"({"type":"object","required":["prompt"],"additionalProperties":false,"properties":{
"prompt":{"type":"string","minLength":1,"maxLength":4000},"model":{"type":"string"},
"max_tokens":{"type":"integer","minimum":1,"maximum":2000},
"required_terms":{"type":"array","items":{"type":"string"}},
"max_response_chars":{"type":"integer"},"budget_scope":{"type":"string"},
"max_cost_usd":{"type":"string"},"allow_fallback_to_cheaper_model":{"type":"boolean"}}})";
constexpr std::string_view kReplay =
    R"({"type":"object","additionalProperties":false,"properties":{"model":{"type":"string"},
"prompt_version":{"type":"string"}}})";
constexpr std::string_view kPrompt =
    R"({"type":"object","additionalProperties":false,"properties":{"name":{"type":"string"},
"version":{"type":"string"},"template":{"type":"string"},"messages":{"type":"array"},
"variables":{"type":"object"},"labels":{"type":"array","items":{"type":"string"}},
"message":{"type":"string"},"config":{"type":"object"},"fallback":{"type":"string"},
"override":{"type":"object"}}})";
constexpr std::string_view kLabel =
    R"({"type":"object","required":["label"],"additionalProperties":false,
"properties":{"label":{"type":"string"},"version":{"type":"string"},"split":{"type":"array",
"items":{"type":"object","required":["version","weight"]}},"reason":{"type":"string"},
"expected_version":{"type":["string","null"]},"expected_revision":{"type":"integer"},
"override":{"type":"object"}}})";
constexpr std::string_view kDraft =
    R"({"type":"object","additionalProperties":false,"properties":{"name":{"type":"string"},
"template":{"type":"string"},"messages":{"type":"array"},"variables":{"type":"object"},
"message":{"type":"string"},"config":{"type":"object"},"fallback":{"type":"string"}}})";
constexpr std::string_view kPublish =
    R"({"type":"object","additionalProperties":false,"properties":{"version":{"type":"string"},
"labels":{"type":"array","items":{"type":"string"}},"message":{"type":"string"},
"reason":{"type":"string"},"override":{"type":"object"}}})";
constexpr std::string_view kApprove =
    R"({"type":"object","additionalProperties":false,"properties":{"comment":{"type":"string"}}})";
constexpr std::string_view kProtection =
    R"({"type":"object","required":["label"],"additionalProperties":false,"properties":{
"prompt":{"type":"string"},"label":{"type":"string"},"role":{"enum":["member","admin"]},
"approvals":{"type":"integer","minimum":0,"maximum":10}}})";
constexpr std::string_view kConfigRollback =
    R"({"type":"object","additionalProperties":false,"properties":{"version":{"type":"integer","minimum":1}}})";
constexpr std::string_view kBackup =
    R"({"type":"object","additionalProperties":false,"properties":{"keep":{"type":"integer","minimum":1,"maximum":1000}}})";
constexpr std::string_view kRollback =
    R"({"type":"object","required":["label"],"additionalProperties":false,
"properties":{"label":{"type":"string"},"to_version":{"type":"string"},"reason":{"type":"string"},
"expected_version":{"type":["string","null"]},"expected_revision":{"type":"integer"},
"override":{"type":"object"}}})";
constexpr std::string_view kRender =
    R"({"type":"object","additionalProperties":false,"properties":{"version":{"type":"string"},
"label":{"type":"string"},"draft":{"type":"string"},"user":{"type":"string"},
"variables":{"type":"object"}}})";
constexpr std::string_view kKey =
    R"({"type":"object","additionalProperties":false,"properties":{
"name":{"type":"string","maxLength":128},"role":{"enum":["viewer","member","admin"]},
"tenant":{"type":"string"},"models":{"type":"array","items":{"type":"string"}},
"routes":{"type":"array","items":{"type":"string"}},
"groups":{"type":"array","items":{"type":"string"}},"delegate":{"type":"boolean"},
"networks":{"type":"array","items":{"type":"string"}},"expires_at":{"type":"string"}}})";
constexpr std::string_view kRotate =
    R"({"type":"object","additionalProperties":false,
"properties":{"overlap_s":{"type":"integer","minimum":0,"maximum":7776000}}})";
constexpr std::string_view kTenant =
    R"({"type":"object","required":["name"],"additionalProperties":false,
"properties":{"name":{"type":"string","pattern":"^[a-z0-9][a-z0-9._-]{0,62}$"}}})";

constexpr std::string_view kPriceTable =
    R"({"type":"object","additionalProperties":{"type":"object"}})";
constexpr std::string_view kRecost =
    R"({"type":"object","required":["from","to"],"additionalProperties":false,"properties":{
"from":{"type":"string"},"to":{"type":"string"},"price_version":{"type":"string"},
"dry_run":{"type":"boolean"}}})";
constexpr std::string_view kBudget =
    R"({"type":"object","required":["window","limit_usd"],"additionalProperties":false,
"properties":{"name":{"type":"string"},"scope":{"type":"object"},
"window":{"enum":["hour","day","week","month","total"]},"limit_usd":{"type":"string"},
"hard":{"type":"boolean"},"warn_at":{"type":"array","items":{"type":"integer"}}}})";
constexpr std::string_view kBudgetChange =
    R"({"type":"object","additionalProperties":false,"properties":{"name":{"type":"string"},
"limit_usd":{"type":"string"},"hard":{"type":"boolean"},
"warn_at":{"type":"array","items":{"type":"integer"}}}})";
constexpr std::string_view kLimit =
    R"({"type":"object","additionalProperties":false,"properties":{"scope":{"type":"object"},
"requests_per_minute":{"type":"integer","minimum":1},
"tokens_per_minute":{"type":"integer","minimum":1},"concurrency":{"type":"integer","minimum":1},
"burst":{"type":"integer","minimum":1}}})";
constexpr std::string_view kLimitChange =
    R"({"type":"object","additionalProperties":false,"properties":{
"requests_per_minute":{"type":"integer","minimum":1},
"tokens_per_minute":{"type":"integer","minimum":1},"concurrency":{"type":"integer","minimum":1},
"burst":{"type":"integer","minimum":1}}})";

constexpr std::string_view kCollection =
    R"({"type":"object","required":["name"],"additionalProperties":false,"properties":{
"name":{"type":"string","pattern":"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$"},
"chunking":{"type":"object"},"embedding":{"type":"object"},"language":{"type":"string"},
"stop_words":{"type":"boolean"},"bm25":{"type":"object"},"weights":{"type":"object"},
"min_similarity":{"type":"number"},"rerank":{"type":"object"},"answers":{"type":"object"}}})";
constexpr std::string_view kCollectionChange =
    R"({"type":"object","additionalProperties":false,"properties":{"bm25":{"type":"object"},
"weights":{"type":"object"},"min_similarity":{"type":"number","minimum":-1,"maximum":1},
"rerank":{"type":"object"},"answers":{"type":"object"}}})";
constexpr std::string_view kIndexVersion =
    R"({"type":"object","additionalProperties":false,"properties":{"chunking":{"type":"object"},
"embedding":{"type":"object"},"language":{"type":"string"},"stop_words":{"type":"boolean"},
"flip":{"type":"boolean"},"reason":{"type":"string"},"override":{"type":"object"}}})";
constexpr std::string_view kFlip =
    R"({"type":"object","required":["version"],"additionalProperties":false,"properties":{
"version":{"type":"string"},"reason":{"type":"string"},"override":{"type":"object"}}})";
constexpr std::string_view kIndexRollback =
    R"({"type":"object","additionalProperties":false,"properties":{"to_version":{"type":"string"},
"reason":{"type":"string"},"override":{"type":"object"}}})";
constexpr std::string_view kDocument =
    R"({"type":"object","required":["source_id"],"additionalProperties":false,"properties":{
"source_id":{"type":"string"},"title":{"type":"string"},"text":{"type":"string"},
"url":{"type":"string"},"content_type":{"type":"string"},"file_name":{"type":"string"},
"acl":{"type":"object"},"metadata":{"type":"object"}}})";
constexpr std::string_view kSearch =
    R"({"type":"object","required":["query"],"additionalProperties":false,"properties":{
"query":{"type":"string","minLength":1},"top_k":{"type":"integer","minimum":1,"maximum":200},
"mode":{"enum":["hybrid","lexical","vector"]},"filters":{"type":"object"},
"explain":{"type":"boolean"},"cursor":{"type":"string"},"index_version":{"type":"string"}}})";
constexpr std::string_view kAnswer =
    R"({"type":"object","required":["question"],"additionalProperties":false,"properties":{
"question":{"type":"string","minLength":1},"model":{"type":"string"},
"top_k":{"type":"integer","minimum":1,"maximum":50},"stream":{"type":"boolean"},
"max_tokens":{"type":"integer","minimum":1},"require_citations":{"type":"boolean"},
"filters":{"type":"object"},"user":{"type":["string","object"]},"maester":{"type":"object"},
"temperature":{"type":"number"},"index_version":{"type":"string"}}})";
constexpr std::string_view kLiveRule =
    R"({"type":"object","required":["name"],"properties":{"name":{"type":"string"},
"where":{"type":"object"},"sample":{"type":"number"},"assertions":{"type":"array"},
"threshold":{"type":"number"},"grader":{"type":"string"},
"review":{"enum":["never","failed","always"]},"reviewers":{"type":"integer"},
"max_cost_usd_per_day":{"type":"string"}}})";
constexpr std::string_view kReview =
    R"({"type":"object","required":["request_id"],"properties":{"request_id":{"type":"string"},
"reason":{"type":"string"},"reviewers":{"type":"integer"}}})";
constexpr std::string_view kAssign =
    R"({"type":"object","properties":{"assignee":{"type":["string","null"]},
"expected_assignee":{"type":["string","null"]}}})";
constexpr std::string_view kReviewLabel =
    R"({"type":"object","required":["label"],"properties":{"label":{"type":"string"},
"score":{"type":"number"},"comment":{"type":"string"},"correction":{"type":"string"}}})";
constexpr std::string_view kDataset =
    R"({"type":"object","required":["name"],"additionalProperties":false,"properties":{
"name":{"type":"string","pattern":"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$"},
"description":{"type":"string"},"cases":{"type":"array","items":{"type":"object"}},
"requests":{"type":"object"},"reviews":{"type":"object"},
"state":{"enum":["approved","pending","quarantined"]},
"message":{"type":"string"}}})";
constexpr std::string_view kCases =
    R"({"type":"object","additionalProperties":false,"properties":{
"cases":{"type":"array","items":{"type":"object"}},"requests":{"type":"object"},
"reviews":{"type":"object"},
"state":{"enum":["approved","pending","quarantined"]},"message":{"type":"string"}}})";
constexpr std::string_view kCaseChange =
    R"({"type":"object","additionalProperties":false,"properties":{"description":{"type":"string"},
"vars":{"type":["object","null"]},"messages":{"type":["array","null"]},
"parameters":{"type":["object","null"]},"expected":{},"assert":{"type":["array","null"]},
"threshold":{"type":["number","null"]},"metadata":{"type":["object","null"]},
"state":{"enum":["approved","pending","quarantined"]}}})";
constexpr std::string_view kCaseMove =
    R"({"type":"object","additionalProperties":false,"properties":{
"cases":{"type":"array","items":{"type":"string"}},"all":{"type":"boolean"},
"from":{"enum":["approved","pending","quarantined"]},"message":{"type":"string"}}})";
constexpr std::string_view kEvalRun =
    R"({"type":"object","required":["dataset"],"additionalProperties":false,"properties":{
"name":{"type":"string"},"dataset":{"type":"string"},"candidate":{"type":"object"},
"assertions":{"type":"array"},"threshold":{"type":"number"},"graders":{"type":"object"},
"concurrency":{"type":"integer","minimum":1,"maximum":64},
"repeats":{"type":"integer","minimum":1,"maximum":100},
"reducer":{"enum":["mean","all","pass_at_k"]},"max_cost_usd":{"type":["string","number"]},
"cache":{"enum":["off","use"]},"include":{"enum":["approved","all"]},
"timeout_ms":{"type":"integer","minimum":1}}})";
constexpr std::string_view kEvalRetry =
    R"({"type":"object","additionalProperties":false,"properties":{"max_cost_usd":{"type":["string","number"]}}})";
constexpr std::string_view kEvalRescore =
    R"({"type":"object","additionalProperties":false,"properties":{"name":{"type":"string"},
"assertions":{"type":"array"},"threshold":{"type":"number"},"graders":{"type":"object"},
"reducer":{"enum":["mean","all","pass_at_k"]},
"concurrency":{"type":"integer","minimum":1,"maximum":64}}})";
constexpr std::string_view kReplayBatch =
    R"({"type":"object","required":["requests"],"additionalProperties":false,"properties":{
"name":{"type":"string"},"requests":{"type":"object"},"prompt_version":{"type":"string"},
"prompt_label":{"type":"string"},"model":{"type":"string"},"knowledge":{"type":"object"},
"parameters":{"type":"object"},"assertions":{"type":"array"},"threshold":{"type":"number"},
"graders":{"type":"object"},"concurrency":{"type":"integer","minimum":1,"maximum":64},
"max_cost_usd":{"type":["string","number"]},"timeout_ms":{"type":"integer","minimum":1}}})";
constexpr std::string_view kSchedule =
    R"({"type":"object","required":["name","timetable","run"],"additionalProperties":false,
"properties":{"name":{"type":"string"},"timetable":{"type":"string"},"run":{"type":"object"},
"paused":{"type":"boolean"}}})";
constexpr std::string_view kFeedback =
    R"({"type":"object","required":["request_id","name","value"],"additionalProperties":false,
"properties":{"request_id":{"type":"string"},"name":{"type":"string","minLength":1},
"value":{"type":["number","boolean","string"]},"comment":{"type":"string"}}})";
constexpr std::string_view kBatch =
    R"({"type":"object","required":["input_file_id","endpoint","completion_window"],
"additionalProperties":false,"properties":{"input_file_id":{"type":"string"},
"endpoint":{"enum":["/v1/chat/completions","/v1/responses","/v1/embeddings","/v1/completions",
"/v1/messages"]},"completion_window":{"enum":["24h"]},"metadata":{"type":"object"},
"output_expires_after":{"type":"object","required":["anchor","seconds"],"properties":{
"anchor":{"const":"created_at"},"seconds":{"type":"integer","minimum":3600,"maximum":2592000}}}}})";
constexpr std::string_view kMcp =
    R"({"type":"object","required":["jsonrpc","method"],"properties":{"jsonrpc":{"const":"2.0"},
"id":{"type":["string","integer"]},"method":{"type":"string"},"params":{"type":"object"}}})";

constexpr std::string_view kGate =
    R"({"type":"object","required":["name","guards","dataset","rules"],"additionalProperties":false,
"properties":{"name":{"type":"string"},"guards":{"type":"object"},"dataset":{"type":"string"},
"baseline":{"type":"string"},"with":{"type":"object"},"rules":{"type":"object"},
"max_age":{"type":"string"},"override_role":{"enum":["member","admin"]}}})";
constexpr std::string_view kGateCheck =
    R"({"type":"object","additionalProperties":false,"properties":{"candidate":{"type":"object"},
"run":{"type":"string"}}})";
constexpr std::string_view kCompare =
    R"({"type":"object","required":["first","second"],"additionalProperties":false,"properties":{
"first":{"type":"string"},"second":{"type":"string"},"confidence":{"type":"number"},
"min_effect":{"type":"number"},"approved_only":{"type":"boolean"},
"resamples":{"type":"integer"},"seed":{"type":"integer"}}})";

constexpr std::array kOperations{
    Operation{"POST", "/v1/evals/compare", 200, "", kCompare,
              R"({"first":"RUN_A","second":"RUN_B"})"},
    Operation{"GET", "/v1/evals/compare", 200, "first second confidence min_effect"},
    Operation{"GET", "/v1/gates"},
    Operation{"POST", "/v1/gates", 201, "", kGate,
              R"({"name":"example-production","guards":{"kind":"prompt_label","object":"guarded"},)"
              R"("dataset":"evaluated","rules":{"min_cases":1,"min_pass_rate":0.9}})"},
    Operation{"GET", "/v1/gates/{gate}"},
    Operation{"DELETE", "/v1/gates/{gate}"},
    Operation{"POST", "/v1/gates/{gate}/check", 200, "", kGateCheck,
              R"({"candidate":{"prompt":"guarded@v1"}})"},
    Operation{"GET", "/v1/gates/{gate}/decisions", 200, "limit cursor"},
    Operation{"POST", "/v1/responses", 200, "", kResponses, R"({"input":"Hello"})"},
    Operation{"POST", "/v1/completions", 200, "", kCompletions, R"({"prompt":"Hello"})"},
    Operation{"POST", "/v1/embeddings", 200, "", kEmbeddings, R"({"input":["Hello","world"]})"},
    Operation{"POST", "/v1/rerank", 200, "", kRerank,
              R"({"query":"Hello","documents":["Hello world","Bye"]})"},
    Operation{"POST", "/v1/messages", 200, "", kMessages,
              R"({"max_tokens":64,"messages":[{"role":"user","content":"Hello"}]})"},
    Operation{"POST", "/v1/messages/count_tokens", 200, "", kCountTokens,
              R"({"messages":[{"role":"user","content":"Hello"}]})"},
    Operation{"POST", "/v1/chat/completions", 200, "", kChat,
              R"({"messages":[{"role":"user","content":"Hello"}]})"},
    Operation{"POST", "/v1/prompted_completion", 200, "", kPrompted,
              R"({"prompt_name":"example","variables":{"name":"Ada"}})"},
    Operation{"POST", "/v1/reliable_completion", 200, "", kReliable, R"({"prompt":"Hello"})"},
    Operation{"POST", "/v1/files"},
    Operation{"GET", "/v1/files", 200, "limit after order purpose"},
    Operation{"GET", "/v1/files/{file_id}"},
    Operation{"DELETE", "/v1/files/{file_id}"},
    Operation{"GET", "/v1/files/{file_id}/content"},
    Operation{"POST", "/v1/batches", 200, "", kBatch,
              R"({"input_file_id":"file-019","endpoint":"/v1/chat/completions",)"
              R"("completion_window":"24h"})"},
    Operation{"GET", "/v1/batches", 200, "limit after"},
    Operation{"GET", "/v1/batches/{batch_id}"},
    Operation{"POST", "/v1/batches/{batch_id}/cancel"},
    Operation{"GET", "/v1/models"},
    Operation{"GET", "/v1/models/{model}"},
    Operation{"GET", "/v1/replays/batches", 200, "limit cursor"},
    Operation{"POST", "/v1/replays/batches", 202, "", kReplayBatch,
              R"({"requests":{"model":"m","limit":2},"model":"other"})"},
    Operation{"GET", "/v1/replays/batches/{id}"},
    Operation{"GET", "/v1/replays/batches/{id}/differences", 200, "limit cursor kind"},
    Operation{"GET", "/v1/replays/{request_id}"},
    Operation{"POST", "/v1/replays/{request_id}/run", 200, "", kReplay, "{}"},
    Operation{"POST", "/v1/replays/{request_id}/fixture"},
    Operation{"GET", "/v1/metrics/reliability"},
    Operation{"GET", "/v1/me/usage"},
    Operation{"GET", "/v1/prompts", 200, "label"},
    Operation{"POST", "/v1/prompts", 201, "", kPrompt,
              R"({"name":"example","template":"Hello {name}"})"},
    Operation{"GET", "/v1/prompts/{name}", 200, "version label user"},
    Operation{"DELETE", "/v1/prompts/{name}"},
    Operation{"GET", "/v1/prompts/{name}/versions"},
    Operation{"POST", "/v1/prompts/{name}/versions", 201, "", kPrompt,
              R"({"template":"Hello {name}"})"},
    Operation{"GET", "/v1/prompts/{name}/versions/{version}"},
    Operation{"POST", "/v1/prompts/{name}/versions/{version}/approve", 200, "", kApprove,
              R"({"comment":"Read it."})"},
    Operation{"GET", "/v1/prompts/{name}/labels"},
    Operation{"DELETE", "/v1/prompts/{name}/labels/{label}", 200,
              "reason expected_version expected_revision override_reason"},
    Operation{"GET", "/v1/prompts/{name}/labels/{label}/history", 200, "limit cursor"},
    Operation{"GET", "/v1/prompts/{name}/labels/{label}/results", 200, "from to"},
    Operation{"GET", "/v1/prompts/{name}/drafts"},
    Operation{"GET", "/v1/prompts/{name}/drafts/{draft}"},
    Operation{"PUT", "/v1/prompts/{name}/drafts/{draft}", 200, "", kDraft,
              R"({"template":"Hello {name}!"})"},
    Operation{"DELETE", "/v1/prompts/{name}/drafts/{draft}"},
    Operation{"POST", "/v1/prompts/{name}/drafts/{draft}/publish", 201, "", kPublish,
              R"({"message":"friendlier"})"},
    Operation{"GET", "/v1/protections"},
    Operation{"PUT", "/v1/protections", 201, "", kProtection,
              R"({"label":"guarded","approvals":1})"},
    Operation{"DELETE", "/v1/protections", 200, "prompt label"},
    Operation{"POST", "/v1/prompts/{name}/labels", 200, "", kLabel,
              R"({"label":"canary","version":"v1"})"},
    Operation{"POST", "/v1/prompts/{name}/rollback", 200, "", kRollback,
              R"({"label":"production","to_version":"v1"})"},
    Operation{"POST", "/v1/prompts/{name}/render", 200, "", kRender,
              R"({"variables":{"name":"Ada"}})"},
    Operation{"GET", "/v1/prompts/{name}/diff", 200, "from to"},
    Operation{"GET", "/v1/requests", 200, "limit cursor model key_id"},
    Operation{"GET", "/v1/requests/{request_id}"},
    Operation{"GET", "/v1/datasets"},
    Operation{"POST", "/v1/datasets", 201, "", kDataset,
              R"({"name":"summaries","cases":[{"vars":{"name":"Ada"},"expected":"Hello Ada"}]})"},
    Operation{"GET", "/v1/datasets/{dataset}"},
    Operation{"DELETE", "/v1/datasets/{dataset}"},
    Operation{"GET", "/v1/datasets/{dataset}/versions"},
    Operation{"GET", "/v1/datasets/{dataset}/export", 200, "version format"},
    Operation{"GET", "/v1/datasets/{dataset}/cases", 200, "limit cursor version state"},
    Operation{"POST", "/v1/datasets/{dataset}/cases", 201, "state file", kCases,
              R"({"cases":[{"id":"greets","vars":{"name":"Bob"},"expected":"Hello Bob"}]})"},
    Operation{"GET", "/v1/datasets/{dataset}/cases/{case}", 200, "version"},
    Operation{"PATCH", "/v1/datasets/{dataset}/cases/{case}", 200, "", kCaseChange,
              R"({"expected":"Hi"})"},
    Operation{"DELETE", "/v1/datasets/{dataset}/cases/{case}"},
    Operation{"POST", "/v1/datasets/{dataset}/approve", 200, "", kCaseMove, R"({"all":true})"},
    Operation{"POST", "/v1/datasets/{dataset}/quarantine", 200, "", kCaseMove, R"({"all":true})"},
    Operation{"GET", "/v1/evals/runs", 200, "limit cursor dataset state prompt model index"},
    Operation{"POST", "/v1/evals/runs", 202, "", kEvalRun,
              R"({"dataset":"evaluated","candidate":{"prompt":{"name":"example"},"model":"m"}})"},
    Operation{"GET", "/v1/evals/runs/{id}"},
    Operation{"DELETE", "/v1/evals/runs/{id}"},
    Operation{"GET", "/v1/evals/runs/{id}/results", 200, "limit cursor verdict format"},
    Operation{"POST", "/v1/evals/runs/{id}/cancel"},
    Operation{"POST", "/v1/evals/runs/{id}/retry", 202, "", kEvalRetry, "{}"},
    Operation{"POST", "/v1/evals/runs/{id}/rescore", 202, "", kEvalRescore,
              R"({"assertions":[{"type":"contains","value":"e"}]})"},
    Operation{"GET", "/v1/evals/schedules"},
    Operation{"POST", "/v1/evals/schedules", 201, "", kSchedule,
              R"({"name":"nightly","timetable":"0 3 * * *","run":{"dataset":"evaluated",)"
              R"("candidate":{"prompt":{"name":"example","label":"production"},"model":"m"}}})"},
    Operation{"DELETE", "/v1/evals/schedules/{schedule}"},
    Operation{"GET", "/v1/jobs", 200, "limit cursor state"},
    Operation{"GET", "/v1/jobs/doctor"},
    Operation{"GET", "/v1/jobs/{id}"},
    Operation{"POST", "/v1/jobs/{id}/retry"},
    Operation{"POST", "/v1/jobs/{id}/cancel"},
    Operation{
        "POST", "/v1/feedback", 201, "", kFeedback,
        R"({"request_id":"01900000-0000-7000-8000-000000000000","name":"good","value":true})"},
    Operation{"GET", "/v1/feedback", 200, "request_id"},
    Operation{"GET", "/v1/evals/rules"},
    Operation{
        "POST", "/v1/evals/rules", 201, "", kLiveRule,
        R"({"name":"tone","sample":0.1,"assertions":[{"type":"contains","value":"please"}]})"},
    Operation{"GET", "/v1/evals/rules/{name}"},
    Operation{"DELETE", "/v1/evals/rules/{name}"},
    Operation{"GET", "/v1/reviews", 200, "limit cursor state assignee"},
    Operation{"POST", "/v1/reviews", 201, "", kReview,
              R"({"request_id":"01900000-0000-7000-8000-000000000000"})"},
    Operation{"POST", "/v1/reviews/claim"},
    Operation{"GET", "/v1/reviews/agreement"},
    Operation{"GET", "/v1/reviews/{id}"},
    Operation{"POST", "/v1/reviews/{id}/assign", 200, "", kAssign, R"({"assignee":"ann"})"},
    Operation{"POST", "/v1/reviews/{id}/labels", 200, "", kReviewLabel, R"({"label":"pass"})"},
    Operation{"POST", "/v1/reviews/{id}/dismiss"},
    Operation{"GET", "/v1/traces", 200, "limit cursor"},
    Operation{"GET", "/v1/traces/{trace_id}"},
    Operation{"GET", "/v1/usage", 200, "group_by from to tenants"},
    Operation{"GET", "/v1/budgets"},
    Operation{"POST", "/v1/budgets", 201, "", kBudget,
              R"({"name":"team","scope":{"user":"ann"},"window":"day","limit_usd":"5"})"},
    Operation{"GET", "/v1/budgets/{id}"},
    Operation{"PATCH", "/v1/budgets/{id}", 200, "", kBudgetChange, R"({"limit_usd":"7"})"},
    Operation{"DELETE", "/v1/budgets/{id}"},
    Operation{"GET", "/v1/limits"},
    Operation{"POST", "/v1/limits", 201, "", kLimit, R"({"scope":{"user":"ann"},"concurrency":8})"},
    Operation{"GET", "/v1/limits/{id}"},
    Operation{"PATCH", "/v1/limits/{id}", 200, "", kLimitChange, R"({"concurrency":9})"},
    Operation{"DELETE", "/v1/limits/{id}"},
    Operation{"GET", "/v1/cache"},
    Operation{"DELETE", "/v1/cache", 200, "model"},
    Operation{"GET", "/v1/collections"},
    Operation{"POST", "/v1/collections", 201, "", kCollection, R"({"name":"handbook"})"},
    Operation{"GET", "/v1/collections/{collection}"},
    Operation{"PATCH", "/v1/collections/{collection}", 200, "", kCollectionChange,
              R"({"min_similarity":0.4})"},
    Operation{"DELETE", "/v1/collections/{collection}"},
    Operation{"GET", "/v1/collections/{collection}/versions"},
    Operation{"POST", "/v1/collections/{collection}/versions", 202, "", kIndexVersion,
              R"({"chunking":{"size":200}})"},
    Operation{"DELETE", "/v1/collections/{collection}/versions/{version}"},
    Operation{"POST", "/v1/collections/{collection}/flip", 200, "", kFlip, R"({"version":"v1"})"},
    Operation{"POST", "/v1/collections/{collection}/rollback", 200, "", kIndexRollback,
              R"({"to_version":"v1"})"},
    Operation{"GET", "/v1/collections/{collection}/documents", 200, "limit cursor state"},
    Operation{"POST", "/v1/collections/{collection}/documents", 202, "wait", kDocument,
              R"({"source_id":"refunds","text":"Refunds are paid within 14 days."})"},
    Operation{"DELETE", "/v1/collections/{collection}/documents", 200, "source_id"},
    Operation{"GET", "/v1/collections/{collection}/documents/{document_id}"},
    Operation{"DELETE", "/v1/collections/{collection}/documents/{document_id}"},
    Operation{"GET", "/v1/collections/{collection}/documents/{document_id}/text"},
    Operation{"POST", "/v1/collections/{collection}/answers", 200, "", kAnswer,
              R"({"question":"How long do refunds take?"})"},
    Operation{"POST", "/v1/collections/{collection}/search", 200, "", kSearch,
              R"({"query":"refunds"})"},
    Operation{"POST", "/mcp", 200, "", kMcp, R"({"jsonrpc":"2.0","id":1,"method":"ping"})"},
    Operation{"GET", "/v1/pricing", 200, "book limit cursor"},
    Operation{"POST", "/v1/pricing/import", 201, "valid_from dry_run", kPriceTable,
              R"({"example-model":{"litellm_provider":"openai","mode":"chat",)"
              R"("input_cost_per_token":1e-06,"output_cost_per_token":2e-06}})"},
    Operation{"POST", "/v1/pricing/recost", 202, "", kRecost,
              R"({"from":"2026-01-01","to":"2026-01-31"})"},
    Operation{"GET", "/v1/pricing/recost"},
    Operation{"GET", "/v1/pricing/recost/{id}"},
    Operation{"GET", "/v1/pricing/{model}", 200, "provider"},
    Operation{"GET", "/v1/keys", 200, "limit cursor tenant"},
    Operation{"POST", "/v1/keys", 201, "", kKey, R"({"name":"ci","role":"member"})"},
    Operation{"GET", "/v1/keys/{key_id}"},
    Operation{"DELETE", "/v1/keys/{key_id}"},
    Operation{"POST", "/v1/keys/{key_id}/rotate", 200, "", kRotate, R"({"overlap_s":60})"},
    Operation{"GET", "/v1/tenants", 200, "limit cursor"},
    Operation{"POST", "/v1/tenants", 201, "", kTenant, R"({"name":"example"})"},
    Operation{"GET", "/v1/tenants/{tenant}"},
    Operation{"GET", "/v1/config"},
    Operation{"PUT", "/v1/config"},
    Operation{"GET", "/v1/config/versions", 200, "limit cursor"},
    Operation{"GET", "/v1/config/versions/{version}"},
    Operation{"POST", "/v1/config/rollback", 200, "", kConfigRollback, R"({"version":1})"},
    Operation{"DELETE", "/v1/tenants/{tenant}"},
    Operation{"GET", "/v1/audit", 200, "limit cursor tenant system"},
    Operation{"GET", "/v1/backups"},
    Operation{"POST", "/v1/backup", 201, "", kBackup, R"({"keep":2})"},
    Operation{"GET", "/"},
    Operation{"GET", "/healthz"},
    Operation{"GET", "/readyz"},
    Operation{"GET", "/metrics"},
    Operation{"GET", "/openapi.json"},
};

}  // namespace

const Operation* operation_of(const Route& route) {
  const auto* const found =
      std::find_if(kOperations.begin(), kOperations.end(), [&](const Operation& one) {
        return one.method == route.method && one.pattern == route.pattern;
      });
  return found == kOperations.end() ? nullptr : &*found;
}

}  // namespace maester::api
