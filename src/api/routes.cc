#include "api/handlers.h"

namespace maester::api {

const std::vector<Route>& routes() {
  using enum ErrorStyle;
  constexpr Access open = Access::open();
  constexpr Access viewer = Access::tenant(access::Role::viewer);
  constexpr Access member = Access::tenant(access::Role::member);
  constexpr Access admin = Access::tenant(access::Role::admin);
  constexpr Access system = Access::all_tenants();
  static const std::vector<Route> kRoutes{
      // ---- data plane
      {"POST", "/v1/chat/completions", member, openai,
       "Chat completion in OpenAI's form, streaming and not.", nullptr, chat_completions},
      {"POST", "/v1/prompted_completion", member, problem,
       "One answer to a prompt of the registry.", nullptr, prompted_completion},
      {"POST", "/v1/reliable_completion", member, problem,
       "One answer, checked and within a request budget.", nullptr, reliable_completion},
      {"GET", "/v1/models", viewer, openai, "The models and routes that can be asked for.",
       list_models},
      {"GET", "/v1/models/{model}", viewer, openai, "One model or route.", get_model},
      {"GET", "/v1/replays/{request_id}", viewer, problem,
       "What was captured of a request for its replay.", show_replay},
      {"POST", "/v1/replays/{request_id}/run", member, problem,
       "Runs a captured request again and compares.", run_replay},
      {"POST", "/v1/replays/{request_id}/fixture", member, problem,
       "A captured request as a test fixture.", replay_fixture},
      {"GET", "/v1/metrics/reliability", viewer, problem,
       "Summary over the requests that had a request budget.", reliability_metrics},
      {"GET", "/v1/me/usage", viewer, problem, "The caller's own spend.", own_usage},
      // ---- management
      {"GET", "/v1/prompts", viewer, problem, "The prompts of the registry.", list_prompts},
      {"POST", "/v1/prompts", member, problem, "Pushes a prompt version.", push_prompt},
      {"GET", "/v1/prompts/{name}", viewer, problem, "One prompt version (?version= or ?label=).",
       show_prompt},
      {"GET", "/v1/prompts/{name}/versions", viewer, problem,
       "All versions of a prompt, in natural order.", list_prompt_versions},
      {"POST", "/v1/prompts/{name}/versions", member, problem, "Pushes a version of this prompt.",
       push_prompt},
      {"GET", "/v1/prompts/{name}/labels", viewer, problem, "The labels of a prompt.",
       list_prompt_labels},
      {"POST", "/v1/prompts/{name}/labels", member, problem, "Points a label to a version.",
       set_prompt_label},
      {"POST", "/v1/prompts/{name}/rollback", member, problem,
       "Points a label back to what it named before.", rollback_prompt},
      {"POST", "/v1/prompts/{name}/render", viewer, problem,
       "Renders a prompt without calling a model.", render_prompt},
      {"GET", "/v1/prompts/{name}/diff", viewer, problem,
       "What changed between two versions (?from= &to=).", diff_prompt},
      {"GET", "/v1/budgets", viewer, problem, "The budgets of the tenant, and what they spent.",
       list_budgets},
      {"POST", "/v1/budgets", admin, problem, "Makes a budget.", create_budget},
      {"GET", "/v1/budgets/{id}", viewer, problem, "One budget, and what it spent.", show_budget},
      {"PATCH", "/v1/budgets/{id}", admin, problem,
       "Changes a budget's name, limit, hardness or warnings.", change_budget},
      {"DELETE", "/v1/budgets/{id}", admin, problem, "Removes a budget.", delete_budget},
      {"GET", "/v1/limits", viewer, problem, "The limits of the tenant.", list_limits},
      {"POST", "/v1/limits", admin, problem, "Makes a limit.", create_limit},
      {"GET", "/v1/limits/{id}", viewer, problem, "One limit, and how it stands.", show_limit},
      {"PATCH", "/v1/limits/{id}", admin, problem, "Changes a limit's rates and bounds.",
       change_limit},
      {"DELETE", "/v1/limits/{id}", admin, problem, "Removes a limit.", delete_limit},
      {"GET", "/v1/requests", viewer, problem, "The newest requests.", list_requests},
      {"GET", "/v1/requests/{request_id}", viewer, problem, "The receipt of a request.",
       show_request},
      {"GET", "/v1/traces", viewer, problem, "The newest traces.", list_traces},
      {"GET", "/v1/traces/{trace_id}", viewer, problem, "The spans of a trace.", show_trace},
      {"GET", "/v1/usage", viewer, problem, "Usage and cost, grouped (?group_by=model,day).",
       usage},
      // ---- access
      {"GET", "/v1/keys", admin, problem, "The keys of the tenant, or of all.", list_keys},
      {"POST", "/v1/keys", admin, problem, "Makes a key, which is shown this once.", create_key},
      {"GET", "/v1/keys/{key_id}", admin, problem, "One key, without its secret.", show_key},
      {"DELETE", "/v1/keys/{key_id}", admin, problem,
       "Revokes a key at once, and ends what runs under it.", revoke_key},
      {"POST", "/v1/keys/{key_id}/rotate", admin, problem,
       "Gives a key a new secret; the old one opens for overlap_s more, or not at all.",
       rotate_key},
      {"GET", "/v1/tenants", system, problem, "All tenants.", list_tenants},
      {"POST", "/v1/tenants", system, problem, "Makes a tenant.", create_tenant},
      {"GET", "/v1/tenants/{tenant}", system, problem, "One tenant.", show_tenant},
      {"DELETE", "/v1/tenants/{tenant}", system, problem,
       "Erases a tenant: its keys stop, its objects and sealed bodies are gone.", erase_tenant},
      {"GET", "/v1/audit", admin, problem,
       "Who changed what, newest first (?tenant= or ?system=true for an admin of all).",
       list_audit},
      // ---- prices
      {"GET", "/v1/pricing", viewer, problem,
       "The configured models' prices and the imports (?book=true: the whole book).", list_pricing},
      {"POST", "/v1/pricing/import", system, problem,
       "Imports a price table, LiteLLM's or ours (?valid_from= &dry_run=true).", import_pricing},
      {"POST", "/v1/pricing/recost", system, problem,
       "Prices a period of the past anew; a dry run unless told otherwise.", start_recost},
      {"GET", "/v1/pricing/recost", system, problem, "The newest re-costings.", list_recosts},
      {"GET", "/v1/pricing/recost/{id}", system, problem, "The state of a re-costing.",
       show_recost},
      {"GET", "/v1/pricing/{model}", viewer, problem, "The price of one model.", show_pricing},
      // ---- the server itself
      {"GET", "/", open, problem, "What this server is.", index},
      {"GET", "/healthz", open, problem, "Alive.", healthz},
      {"GET", "/readyz", open, problem, "Ready to serve, and how well.", readyz},
      {"GET", "/metrics", open, problem, "Metrics in Prometheus' text form.", metrics},
      {"GET", "/openapi.json", open, problem, "This interface as an OpenAPI document.", openapi},
  };
  return kRoutes;
}

}  // namespace maester::api
