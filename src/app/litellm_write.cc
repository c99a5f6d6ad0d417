// LitellmModel -> maester.toml.
#include <algorithm>
#include <set>

#include "app/litellm_model.h"
#include "codec/json.h"

namespace maester::app {
namespace {

// A JSON string is one in TOML, too.
std::string in_quotes(std::string_view text) {
  return json::quote(text);
}

class Writer {
 public:
  explicit Writer(LitellmModel& model) : in_(model) {}
  std::string write();

 private:
  using Deployments = std::vector<const LitellmDeployment*>;
  struct Group {
    std::string name;  // model_name
    Deployments members;
    std::vector<std::string> models;  // our names, in the order of members
  };

  void group();
  std::string fresh_name(const std::string& wanted);
  void head();
  void providers();
  void model(const LitellmDeployment& deployment, const std::string& name);
  void routes();
  void route(const std::string& name, const Group& group);
  std::string targets(const Group& group, bool weighted, const std::vector<std::string>& after);
  void strategy(const Group& group, bool& weighted);
  std::vector<std::string> models_of(const std::string& asked, const std::string& where);
  std::vector<std::string> all_models_of(const std::vector<std::string>& asked,
                                         const std::string& where);
  void special_fallbacks(const std::string& name);
  void list(std::string_view key, const std::vector<std::string>& models);
  const Group* find(std::string_view name) const;
  bool needs_route(const Group& group) const;

  LitellmModel& in_;
  std::vector<Group> groups_;
  std::set<std::string> names_;
  std::string out_;
};

void Writer::group() {
  for (const LitellmDeployment& one : in_.deployments) {
    names_.insert(one.asked);
    auto found = std::find_if(groups_.begin(), groups_.end(),
                              [&](const Group& group) { return group.name == one.asked; });
    if (found == groups_.end()) {
      groups_.push_back({one.asked, {}, {}});
      found = groups_.end() - 1;
    }
    found->members.push_back(&one);
  }
  for (const auto& [alias, to] : in_.aliases) names_.insert(alias);
  for (Group& group : groups_) {
    std::stable_sort(group.members.begin(), group.members.end(), [](const auto* a, const auto* b) {
      return a->order.value_or(1) < b->order.value_or(1);
    });
    const bool pattern = group.name.ends_with("/*");
    if (pattern && group.members.size() > 1) {
      in_.notes.push_back({group.name, "only the first deployment of a pattern was carried"});
      group.members.resize(1);
    }
    for (const LitellmDeployment* member : group.members) {
      group.models.push_back(needs_route(group) ? fresh_name(group.name + "@" + member->provider)
                                                : group.name);
    }
  }
}

const Writer::Group* Writer::find(std::string_view name) const {
  const auto found = std::find_if(groups_.begin(), groups_.end(),
                                  [&](const Group& group) { return group.name == name; });
  return found == groups_.end() ? nullptr : &*found;
}

bool Writer::needs_route(const Group& group) const {
  if (group.name.ends_with("/*")) return false;
  const auto named = [&](const LitellmFallbacks& fallbacks) {
    return fallbacks.contains(group.name) || fallbacks.contains("*");
  };
  return group.members.size() > 1 || named(in_.fallbacks) || named(in_.context_fallbacks) ||
         named(in_.content_fallbacks) || !in_.default_fallbacks.empty() || in_.attempts ||
         in_.total_ms || in_.stream_total_ms;
}

std::string Writer::fresh_name(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; names_.contains(name); ++i) name = wanted + "-" + std::to_string(i);
  names_.insert(name);
  return name;
}

void Writer::head() {
  out_ +=
      "# Made by `maester config import-litellm`. `maester config check` tells what is wrong.\n";
  if (!in_.egress.empty()) {
    out_ += "\n[egress]\nallow = [";
    for (std::size_t i = 0; i < in_.egress.size(); ++i)
      out_ += (i == 0 ? "" : ", ") + in_quotes(in_.egress[i]);
    out_ += "]\n";
  }
  if (in_.allowed_fails || in_.cooldown_ms) {
    out_ += "\n[breaker]\n";
    if (in_.allowed_fails) {
      // LiteLLM's last failure that is allowed, ours that opens it.
      const auto fails = std::clamp<std::int64_t>(*in_.allowed_fails + 1, 1, 1000);
      out_ += "consecutive_failures = " + std::to_string(fails) + "\n";
    }
    if (in_.cooldown_ms) {
      const auto open = std::clamp<std::int64_t>(*in_.cooldown_ms, 1, 3'600'000);
      out_ += "open_ms = " + std::to_string(open) + "\n";
      out_ += "max_open_ms = " + std::to_string(std::max<std::int64_t>(open, 30'000)) + "\n";
    }
  }
}

void Writer::providers() {
  for (const LitellmProvider& one : in_.providers) {
    out_ +=
        "\n[[providers]]\nname = " + in_quotes(one.name) + "\nkind = " + in_quotes(one.kind) + "\n";
    if (!one.base_url.empty()) out_ += "base_url = " + in_quotes(one.base_url) + "\n";
    if (!one.api_key.empty()) out_ += "api_key = " + in_quotes(one.api_key) + "\n";
  }
}

void Writer::model(const LitellmDeployment& deployment, const std::string& name) {
  out_ += "\n[[models]]\nname = " + in_quotes(name) +
          "\nprovider = " + in_quotes(deployment.provider) + "\n";
  if (!deployment.upstream.empty() && deployment.upstream != name)
    out_ += "upstream_model = " + in_quotes(deployment.upstream) + "\n";
  if (!deployment.price.empty()) {
    out_ += "price = { ";
    bool first = true;
    for (const auto& [key, amount] : deployment.price) {
      out_ += (first ? "" : ", ") + key + " = " + in_quotes(amount);
      first = false;
    }
    out_ += " }\n";
  }
  if (deployment.max_output_tokens && *deployment.max_output_tokens > 0)
    out_ += "max_output_tokens = " + std::to_string(*deployment.max_output_tokens) + "\n";
  if (!deployment.region.empty()) out_ += "region = " + in_quotes(deployment.region) + "\n";
}

// Other orders than one mean: in this order. Else as the router's strategy says.
void Writer::strategy(const Group& group, bool& weighted) {
  const bool ordered =
      std::any_of(group.members.begin(), group.members.end(), [&](const auto* one) {
        return one->order.value_or(1) != group.members.front()->order.value_or(1);
      });
  std::string name = group.members.size() == 1 ? "" : ordered ? "priority" : in_.strategy;
  if (group.members.size() > 1 && name.empty()) name = "weighted";  // LiteLLM's own default
  weighted = name == "weighted";
  if (!name.empty()) out_ += "strategy = " + in_quotes(name) + "\n";
  if (ordered && !in_.strategy.empty() && in_.strategy != "priority") {
    in_.notes.push_back({group.name,
                         "its deployments have an `order`: the route goes by it, and "
                         "among those of one order as they stand"});
  }
}

std::string Writer::targets(const Group& group, bool weighted,
                            const std::vector<std::string>& after) {
  std::string out;
  for (std::size_t i = 0; i < group.members.size(); ++i) {
    const LitellmDeployment& one = *group.members[i];
    out += (out.empty() ? "{ model = " : ", { model = ") + in_quotes(group.models[i]);
    const auto weight = one.weight ? one.weight : one.rpm ? one.rpm : one.tpm;
    if (weighted && weight)
      out += ", weight = " + std::to_string(std::clamp<std::int64_t>(*weight, 0, 1'000'000));
    out += " }";
  }
  for (const std::string& model : after) {
    out += ", { model = " + in_quotes(model);
    out += weighted ? ", weight = 0 }" : " }";  // only after all others
  }
  return out;
}

std::vector<std::string> Writer::models_of(const std::string& asked, const std::string& where) {
  const auto alias = in_.aliases.find(asked);
  const Group* group = find(alias == in_.aliases.end() ? asked : alias->second);
  if (group != nullptr && !group->name.ends_with("/*")) return group->models;
  in_.notes.push_back({where, "`" + asked + "` is no model that was carried"});
  return {};
}

std::vector<std::string> Writer::all_models_of(const std::vector<std::string>& asked,
                                               const std::string& where) {
  std::vector<std::string> out;
  for (const std::string& one : asked) {
    for (std::string& model : models_of(one, where)) {
      if (std::find(out.begin(), out.end(), model) == out.end()) out.push_back(std::move(model));
    }
  }
  return out;
}

const std::vector<std::string>* fallbacks_of(const LitellmFallbacks& all, const std::string& name) {
  if (const auto own = all.find(name); own != all.end()) return &own->second;
  if (const auto any = all.find("*"); any != all.end()) return &any->second;
  return nullptr;
}

void Writer::list(std::string_view key, const std::vector<std::string>& models) {
  out_ += std::string(key) + " = [";
  for (std::size_t i = 0; i < models.size(); ++i)
    out_ += (i == 0 ? "" : ", ") + in_quotes(models[i]);
  out_ += "]";
}

void Writer::special_fallbacks(const std::string& name) {
  const auto* context = fallbacks_of(in_.context_fallbacks, name);
  const auto* content = fallbacks_of(in_.content_fallbacks, name);
  if (context == nullptr && content == nullptr) return;
  out_ += "fallbacks = { ";
  if (context != nullptr)
    list("context_length", all_models_of(*context, "context_window_fallbacks"));
  if (context != nullptr && content != nullptr) out_ += ", ";
  if (content != nullptr)
    list("content_filter", all_models_of(*content, "content_policy_fallbacks"));
  out_ += " }\n";
}

void Writer::route(const std::string& name, const Group& group) {
  out_ += "\n[[routes]]\nname = " + in_quotes(name) + "\n";
  bool weighted = false;
  strategy(group, weighted);
  const auto* own = fallbacks_of(in_.fallbacks, group.name);
  const std::vector<std::string>& asked = own != nullptr ? *own : in_.default_fallbacks;
  std::vector<std::string> after = all_models_of(asked, "fallbacks");
  std::erase_if(after, [&](const std::string& model) {
    return std::find(group.models.begin(), group.models.end(), model) != group.models.end();
  });
  if (!after.empty() && (in_.strategy == "latency" || in_.strategy == "cost") &&
      group.members.size() > 1) {
    in_.notes.push_back({name, "with strategy `" + in_.strategy +
                                   "` its fallbacks compete with its "
                                   "own deployments instead of coming after them"});
  }
  out_ += "targets = [ " + targets(group, weighted, after) + " ]\n";
  special_fallbacks(group.name);
  if (in_.attempts) out_ += "retry = { attempts = " + std::to_string(*in_.attempts) + " }\n";
  if (in_.total_ms || in_.stream_total_ms) {
    out_ += "timeouts = { ";
    const auto total = std::min<std::int64_t>(in_.total_ms.value_or(0), 3'600'000);
    if (in_.total_ms) out_ += "total_ms = " + std::to_string(total);
    const auto stream = in_.stream_total_ms ? in_.stream_total_ms : in_.total_ms;
    out_ += (in_.total_ms ? ", " : "") + std::string("stream_total_ms = ") +
            std::to_string(*stream) + " }\n";
  }
}

void Writer::routes() {
  for (const Group& group : groups_) {
    if (needs_route(group)) route(group.name, group);
  }
  for (const auto& [alias, to] : in_.aliases) {
    const Group* group = find(to);
    if (group == nullptr || group->name.ends_with("/*")) {
      in_.notes.push_back(
          {"model_group_alias." + alias, "`" + to + "` is no model that was carried"});
    } else if (find(alias) != nullptr) {
      in_.notes.push_back(
          {"model_group_alias." + alias, "there is a model of that name: left out"});
    } else {
      route(alias, *group);
    }
  }
}

std::string Writer::write() {
  group();
  head();
  providers();
  for (const Group& group : groups_) {
    for (std::size_t i = 0; i < group.members.size(); ++i)
      model(*group.members[i], group.models[i]);
  }
  routes();
  if (!in_.master_key.empty()) {
    out_ += "\n[[keys]]\nname = \"litellm-master-key\"\nkey = " + in_quotes(in_.master_key) +
            "\nrole = \"admin\"\n";
  }
  return std::move(out_);
}

}  // namespace

std::string write_litellm(LitellmModel& model) {
  return Writer(model).write();
}

}  // namespace maester::app
