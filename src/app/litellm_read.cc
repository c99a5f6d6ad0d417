// LiteLLM's YAML -> LitellmModel.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <set>

#include "app/litellm_deployment.h"
#include "app/litellm_model.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

using Yaml = YAML::Node;

class Reader {
 public:
  explicit Reader(LitellmModel& out) : out_(out) {}
  void root(const Yaml& root);

 private:
  using Keys = std::set<std::string_view>;
  void note(std::string where, std::string why) {
    out_.notes.push_back({std::move(where), std::move(why)});
  }
  void settings(const Yaml& table, const std::string& name);
  void setting(const std::string& key, const Yaml& value, const std::string& where);
  void general(const Yaml& table);
  void fallbacks(const Yaml& list, const std::string& where, LitellmFallbacks& into);
  void strategy(const std::string& theirs, const std::string& where);
  void aliases(const Yaml& table, const std::string& where);
  void budget(const Yaml& table);
  LitellmModel& out_;
};

void Reader::fallbacks(const Yaml& list, const std::string& where, LitellmFallbacks& into) {
  if (!list.IsSequence()) return note(where, "is not a list of {model: [models]}");
  for (const Yaml& entry : list) {
    if (!entry.IsMap()) {
      note(where, "an entry is not {model: [models]}");
      continue;
    }
    for (const auto& pair : entry) {
      std::vector<std::string>& to = into[scalar(pair.first)];
      for (const Yaml& one : pair.second) {
        if (one.IsScalar()) {
          to.push_back(scalar(one));
        } else {
          note(where, "a fallback of `" + scalar(pair.first) +
                          "` sets parameters of its own, which has no counterpart");
        }
      }
    }
  }
}

void Reader::strategy(const std::string& theirs, const std::string& where) {
  if (theirs == "simple-shuffle") {
    out_.strategy = "weighted";
  } else if (theirs == "latency-based-routing") {
    out_.strategy = "latency";
  } else if (theirs == "cost-based-routing") {
    out_.strategy = "cost";
  } else if (theirs == "least-busy") {
    out_.strategy = "latency";
    note(where, "`least-busy` became `latency`, which counts the calls under way, too");
  } else {
    out_.strategy = "weighted";
    note(where, "`" + theirs + "` has no counterpart: routes are `weighted`");
  }
}

void Reader::aliases(const Yaml& table, const std::string& where) {
  for (const auto& pair : table) {
    const Yaml target = pair.second.IsMap() ? pair.second["model"] : pair.second;
    if (pair.second.IsMap() && scalar(pair.second["hidden"]) == "true")
      note(where + "." + scalar(pair.first), "is listed by GET /v1/models here");
    out_.aliases[scalar(pair.first)] = scalar(target);
  }
}

// The settings that LiteLLM takes in litellm_settings, in router_settings or in both.
void Reader::setting(const std::string& key, const Yaml& value, const std::string& where) {
  if (key == "fallbacks") return fallbacks(value, where, out_.fallbacks);
  if (key == "context_window_fallbacks") return fallbacks(value, where, out_.context_fallbacks);
  if (key == "content_policy_fallbacks") return fallbacks(value, where, out_.content_fallbacks);
  if (key == "default_fallbacks") {
    for (const Yaml& one : value) out_.default_fallbacks.push_back(scalar(one));
    return;
  }
  if (key == "routing_strategy") return strategy(scalar(value), where);
  if (key == "model_group_alias") return aliases(value, where);
  if (key == "num_retries") {
    const auto retries = whole_number(value);
    if (!retries) return note(where, "is no whole number");
    out_.attempts = std::clamp<std::int64_t>(*retries + 1, 1, 3);
    if (*retries > 2) {
      note(where,
           "became 3 attempts in all, fallbacks included, which is the most: more of them "
           "make an outage longer");
    }
    return;
  }
  if (key == "request_timeout" || key == "timeout") {
    out_.total_ms = milliseconds_of(value);
    if (!out_.total_ms) note(where, "is no number of seconds up to a day");
    return;
  }
  if (key == "stream_timeout") {
    out_.stream_total_ms = milliseconds_of(value);
    if (!out_.stream_total_ms) note(where, "is no number of seconds up to a day");
    return;
  }
  if (key == "allowed_fails") {
    out_.allowed_fails = whole_number(value);
    return;
  }
  if (key == "cooldown_time") {
    out_.cooldown_ms = milliseconds_of(value);
    return;
  }
  if (key == "drop_params")
    return note(where,
                "parameters that a provider does not know are refused or translated here, "
                "never dropped");
  if (key.find("callback") != std::string::npos)
    return note(where, "is code: receipts, /v1/usage, traces and /metrics have what it logged");
  if (key.starts_with("cache")) return note(where, "there is no response cache in this version");
  if (key.starts_with("redis")) return note(where, "is not needed: one process holds the state");
  note(where, "has no counterpart");
}

void Reader::settings(const Yaml& table, const std::string& name) {
  if (!table || !table.IsMap()) return;
  for (const auto& entry : table) {
    const std::string key = scalar(entry.first);
    if (key == "max_budget" || key == "budget_duration") continue;
    setting(key, entry.second, name + "." + key);
  }
}

void Reader::budget(const Yaml& table) {
  if (!table || !table.IsMap() || !table["max_budget"]) return;
  const std::string period = scalar(table["budget_duration"]);
  std::string window = "total";
  if (period == "1h") window = "hour";
  if (period == "1d" || period == "24h") window = "day";
  if (period == "7d") window = "week";
  if (period == "30d" || period == "1mo") window = "month";
  std::string body;
  json::Writer w(body);
  w.begin_object().field("name", "litellm-max-budget").key("scope").begin_object();
  w.field("tenant", "default").end_object().field("window", window);
  w.field("limit_usd", scalar(table["max_budget"])).field("hard", true).end_object();
  out_.calls.push_back({"/v1/budgets", std::move(body),
                        "litellm_settings.max_budget: budgets are objects of the API"});
  if (window == "total" && !period.empty()) {
    note("litellm_settings.budget_duration",
         "`" + period + "` is no window of ours (hour, day, week, month, total)");
  }
  if (window == "month")
    note("litellm_settings.budget_duration", "a month is the calendar's here, not 30 days");
}

void Reader::general(const Yaml& table) {
  if (!table || !table.IsMap()) return;
  for (const auto& entry : table) {
    const std::string key = scalar(entry.first), where = "general_settings." + key;
    if (key == "master_key") {
      out_.master_key = litellm_reference(scalar(entry.second));
    } else if (key == "database_url" || key.starts_with("database")) {
      note(where,
           "is not needed: everything durable is in `data_dir`. Virtual keys, teams and "
           "spend stay in LiteLLM's database: make keys and budgets anew over the API");
    } else if (key.starts_with("alert")) {
      note(where, "is not sent from here: /metrics has what alerts are made of");
    } else {
      note(where, "has no counterpart");
    }
  }
}

void Reader::root(const Yaml& root) {
  static constexpr std::array<std::string_view, 4> kSections{"model_list", "litellm_settings",
                                                             "router_settings", "general_settings"};
  std::size_t i = 0;
  for (const Yaml& entry : root["model_list"])
    read_deployment(entry, "model_list[" + std::to_string(i++) + "]", out_);
  settings(root["litellm_settings"], "litellm_settings");
  settings(root["router_settings"], "router_settings");
  general(root["general_settings"]);
  budget(root["litellm_settings"]);
  for (const auto& entry : root) {
    const std::string key = scalar(entry.first);
    if (std::find(kSections.begin(), kSections.end(), key) != kSections.end()) continue;
    note(key, key == "environment_variables" ? "set them in the server's environment"
                                             : "has no counterpart");
  }
}

}  // namespace

Result<LitellmModel> read_litellm(std::string_view yaml) {
  LitellmModel out;
  try {
    const Yaml root = YAML::Load(std::string(yaml));
    if (!root.IsMap() || !root["model_list"] || !root["model_list"].IsSequence())
      return fail(Code::invalid_request,
                  "This is no LiteLLM configuration: it has no `model_list`.");
    Reader(out).root(root);
  } catch (const YAML::Exception& error) {
    return fail(Code::invalid_request, "line " + std::to_string(error.mark.line + 1) + ", column " +
                                           std::to_string(error.mark.column + 1) + ": " +
                                           error.msg);
  }
  return out;
}

}  // namespace maester::app
