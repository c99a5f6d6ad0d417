#include "gateway/pipeline/cache_plan.h"

#include <algorithm>
#include <array>
#include <vector>

#include "codec/json_canonical.h"
#include "gateway/pipeline/semantic_ask.h"
#include "gateway/pipeline/surface.h"
#include "gateway/pipeline/vector_cache.h"

namespace maester::gateway {
namespace {

constexpr std::chrono::seconds kDefaultTtl{300};

// Members of a body that say how an answer is to be sent, or who asks; not what is asked.
constexpr std::array<std::string_view, 8> kNotAsked{
    "stream", "stream_options",   "maester",           "user",
    "store",  "prompt_cache_key", "safety_identifier", "prompt_cache_retention"};

// Fields whose meaning lies elsewhere: with them equal bodies are not equal requests, or the
// provider is to remember the call.
constexpr std::array<std::string_view, 6> kStateful{"previous_response_id", "conversation",
                                                    "background",           "container",
                                                    "mcp_servers",          "web_search_options"};

bool is_stateful(const Call& call) {
  if (!call.document) return false;
  const json::Value root = call.document->root();
  if (root.get("store").bool_or(false)) return true;
  return std::ranges::any_of(kStateful,
                             [&](std::string_view name) { return !root.get(name).empty(); });
}

struct Directives {
  bool no_store = false, no_cache = false;
};

// RFC 9111's request directives, as far as a cache of answers goes.
Directives directives_of(const Call& call) {
  Directives out;
  if (call.request == nullptr) return out;
  const std::string_view text = call.request->headers().get("cache-control");
  out.no_store = text.find("no-store") != text.npos;
  out.no_cache = text.find("no-cache") != text.npos || text.find("max-age=0") != text.npos;
  return out;
}

// Whole, as asked for, from a target in its turn: another request would have got the same.
bool may_be_kept(const Call& call, const Attempt& attempt) {
  if (!attempt.delivered || attempt.cached || call.decision != Decision::answer) return false;
  if (attempt.target->use != TargetUse::in_turn) return false;
  const bool limited = attempt.max_tokens && attempt.max_tokens != call.chat.max_tokens;
  if (attempt.response.choices.empty()) return false;
  return std::ranges::all_of(attempt.response.choices, [&](const Choice& choice) {
    switch (choice.finish) {
      case FinishReason::stop:
      case FinishReason::tool_calls:
      case FinishReason::function_call:
        return true;
      case FinishReason::length:
        return !limited;  // else it was a budget that cut the answer short
      default:
        return false;
    }
  });
}

CachedAnswerPtr answer_of(const Call& call, const Attempt& attempt, WallTime now) {
  auto out = std::make_shared<CachedAnswer>();
  out->key = call.cache.key;
  out->response = attempt.response;
  out->raw_body = attempt.raw_body;
  out->request_id = call.id_text;
  out->model = attempt.target->model;
  out->provider = attempt.target->provider->config.name;
  if (attempt.cost) out->cost = attempt.cost->total;
  out->took = std::chrono::duration_cast<milliseconds>(attempt.ended - attempt.started);
  out->made = now;
  out->expires = now + call.cache.ttl;
  return out;
}

}  // namespace

std::string_view to_string(CacheUse::State state) {
  switch (state) {
    case CacheUse::State::off:
      return "off";
    case CacheUse::State::miss:
      return "miss";
    case CacheUse::State::hit:
      return "hit";
  }
  return "off";
}

std::optional<CacheMode> parse_cache_mode(std::string_view text) {
  if (text == "off") return CacheMode::off;
  if (text == "exact") return CacheMode::exact;
  if (text == "semantic") return CacheMode::semantic;
  return std::nullopt;
}

Result<CachePlan> plan_cache(const Call& call) {
  CachePlan plan;
  const Config& config = call.snapshot->config();
  const RouteCache route =
      call.resolution.rules != nullptr ? call.resolution.rules->cache : RouteCache{};
  const CacheMode asked = call.options.cache_mode.value_or(route.mode);
  if (asked == CacheMode::semantic && route.mode != CacheMode::semantic) {
    return fail(Code::invalid_request,
                "`maester.cache.mode` can be \"semantic\" only on a route whose configuration says "
                "`cache = { mode = \"semantic\" }`; ask for \"exact\".",
                "maester.cache.mode");
  }
  const bool kept = call.request != nullptr || call.takes_kept_answers;
  if (asked == CacheMode::off || !config.cache.enabled || !kept) return plan;
  if (call.operation == Operation::embeddings) {
    if (asked == CacheMode::semantic && call.options.cache_mode) {
      return fail(Code::invalid_request, "Embeddings have `maester.cache.mode` \"exact\" only.",
                  "maester.cache.mode");
    }
  } else if (call.operation != Operation::chat) {
    return plan;
  }
  const Directives directives = directives_of(call);
  if (directives.no_store || is_stateful(call)) return plan;
  plan.mode = asked;
  plan.look = !directives.no_cache;
  const auto usual = call.resolution.rules != nullptr ? route.ttl : kDefaultTtl;
  plan.threshold = route.threshold;
  if (plan.mode == CacheMode::semantic) plan.embedding_model = route.embedding_model;
  plan.ttl = std::min(call.options.cache_ttl.value_or(usual), config.cache.max_ttl);
  return plan;
}

std::string targets_of(const Call& call) {
  std::vector<std::string> targets;
  for (const Target& target : call.resolution.targets) {
    const ProviderRuntime& provider = *target.provider;
    targets.push_back(target.model + '\0' + target.upstream_model + '\0' + provider.config.name +
                      '\0' + provider.origin.host + ':' + std::to_string(provider.origin.port) +
                      provider.base_path);
  }
  // A strategy may order them anew for each request.
  std::ranges::sort(targets);
  std::string out;
  for (const std::string& one : targets) out += one + '\n';
  return out;
}

CacheKeyBuilder key_without_body(std::string_view kind, const Call& call) {
  CacheKeyBuilder key(kind, call.principal.tenant);
  key.part("endpoint", call.endpoint);
  key.part("model", call.requested_model).part("route", call.resolution.route);
  key.part("targets", targets_of(call));
  key.part("region", call.options.region);
  key.part("prompt", call.prompt.name).part("version", call.prompt.version);
  key.part("prompt_hash", call.prompt.hash).part("template_hash", call.prompt.template_hash);
  key.part("policy", call.policy == nullptr ? "" : call.policy->version());
  // What the answer rests on: the same question of another asker, or of a newer index, is another.
  if (call.evidence != nullptr) {
    key.part("collection", call.evidence->collection);
    key.part("index", call.evidence->index_version);
    for (const Passage& passage : call.evidence->passages)
      key.part("chunk", passage.chunk_id).part("passage", passage.text);
  }
  // What governs the tools is part of the configuration.
  key.part("tools", call.chat.tools.empty() ? "" : call.snapshot->version());
  // Those that this key may use: what it may not was left out of the chat, not of the body.
  for (const Tool& tool : call.chat.tools) key.part("tool", tool.name);
  return key;
}

CacheKey cache_key(const Call& call) {
  CacheKeyBuilder key = key_without_body("answer", call);
  if (!call.document) return key.part("raw", call.body).build();
  std::string body;
  body.reserve(call.body.size());
  json::append_canonical(body, call.document->root(), kNotAsked);
  return key.part("body", body).build();
}

CacheKey cache_group(const Call& call, const json::Value& messages, std::string_view space) {
  CacheKeyBuilder key = key_without_body("questions", call);
  key.part("space", space);
  std::vector<std::string_view> left_out(kNotAsked.begin(), kNotAsked.end());
  left_out.push_back("messages");
  std::string body;
  json::append_canonical(body, call.document->root(), left_out);
  key.part("body", body);
  for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
    std::string message;
    json::append_canonical(message, messages.at(i));
    key.part("message", message);
  }
  return key.build();
}

void keep_in_cache(Call& call, const Services& services, bool good) {
  CacheUse& cache = call.cache;
  if (cache.vectors != nullptr) join_vectors(call, services, good);
  if (cache.state != CacheUse::State::miss || call.operation != Operation::chat) return;
  const Attempt* attempt = call.attempt();
  CachedAnswerPtr answer;
  if (good && attempt != nullptr && may_be_kept(call, *attempt)) {
    answer = answer_of(call, *attempt, services.clock.wall());
    services.cache.put(answer);
    if (SemanticAsk* ask = cache.semantic.get(); ask != nullptr) {
      services.cache.questions().put(ask->group, std::move(ask->question), answer->key,
                                     answer->expires);
    }
  }
  if (cache.lead == nullptr) return;
  // Whoever waits takes its place when it left; goes its own way when it failed.
  const bool left = call.gone.stop_requested() && answer == nullptr;
  if (answer != nullptr)
    cache.lead->answered(std::move(answer));
  else if (!left)
    cache.lead->failed();
  cache.lead.reset();
}

void leave_cache(Call& call) {
  call.cache.state = CacheUse::State::miss;
  call.cache.answer.reset();
  call.attempts.clear();
  call.evaluation.reset();
}

}  // namespace maester::gateway
