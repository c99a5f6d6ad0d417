#include "app/config_releases.h"

#include <algorithm>
#include <map>
#include <set>

#include "evals/gates/candidate.h"

namespace maester::app {
namespace {

using gateway::Config;
using gateway::RouteConfig;

class Releases {
 public:
  Releases(const Config& from, const Config& to) : from_(from), to_(to) {}

  std::vector<access::Release> run() {
    models();
    for (const RouteConfig& route : to_.routes) targets(route);
    policies();
    tools();
    return std::move(out_);
  }

 private:
  void add(std::string_view kind, std::string object, std::string from, std::string to) {
    if (from == to) return;
    access::Release& one = out_.emplace_back();
    one.tenant = "default";
    one.kind = kind;
    one.object = std::move(object);
    one.from = std::move(from);
    one.to = std::move(to);
  }

  void models() {
    for (const gateway::ModelConfig& model : to_.models) {
      add("model", model.name, evals::fingerprint_of_model(from_, model.name),
          evals::fingerprint_of_model(to_, model.name));
    }
  }

  // In the order of the route, each once.
  static std::vector<std::string> targets_of(const Config& config, const RouteConfig& route) {
    std::vector<std::string> out;
    const auto put = [&](const std::string& model) {
      std::string target = model + "@" + evals::fingerprint_of_model(config, model);
      if (std::ranges::find(out, target) == out.end()) out.push_back(std::move(target));
    };
    for (const gateway::RouteTarget& target : route.targets) put(target.model);
    for (const std::string& model : route.on_context_length) put(model);
    for (const std::string& model : route.on_content_filter) put(model);
    return out;
  }

  static const RouteConfig* route_of(const Config& config, const std::string& name) {
    const auto found = std::ranges::find(config.routes, name, &RouteConfig::name);
    return found == config.routes.end() ? nullptr : &*found;
  }

  void targets(const RouteConfig& route) {
    std::vector<std::string> before;
    if (const RouteConfig* old = route_of(from_, route.name)) before = targets_of(from_, *old);
    for (std::string& target : targets_of(to_, route)) {
      if (std::ranges::find(before, target) == before.end())
        add("route_target", route.name, before.empty() ? "" : before.front(), std::move(target));
    }
  }

  using Named = std::map<std::string, std::string>;  // name -> fingerprint
  static Named policies_of(const Config& config) {
    Named out;
    for (const auto& policy : config.policies)
      out.emplace(policy.name, evals::fingerprint_of_policy(policy));
    return out;
  }
  static Named tools_of(const Config& config) {
    Named out;
    for (const auto& tool : config.tools) {
      const std::string name = tool.tenant.empty() ? tool.name : tool.tenant + "/" + tool.name;
      out.emplace(name, evals::fingerprint_of_tool(tool));
    }
    return out;
  }
  static std::string at(const Named& all, const std::string& name) {
    const auto found = all.find(name);
    return found == all.end() ? "" : found->second;
  }

  void changed(std::string_view kind, const Named& before, const Named& after) {
    for (const auto& [name, fingerprint] : after) add(kind, name, at(before, name), fingerprint);
    for (const auto& [name, fingerprint] : before) {
      if (!after.contains(name)) add(kind, name, fingerprint, "");
    }
  }

  void policies() {
    const Named before = policies_of(from_), after = policies_of(to_);
    changed("policy", before, after);
    // Another policy in the place of one.
    std::set<std::pair<std::string, std::string>> told;
    const auto place = [&](const std::string& was, const std::string& now) {
      if (!was.empty() && was != now && told.emplace(was, now).second)
        add("policy", was, at(before, was), at(after, now));
    };
    place(from_.default_policy, to_.default_policy);
    for (const RouteConfig& route : to_.routes) {
      if (const RouteConfig* old = route_of(from_, route.name)) place(old->policy, route.policy);
    }
  }

  void tools() { changed("tool_schema", tools_of(from_), tools_of(to_)); }

  const Config& from_;
  const Config& to_;
  std::vector<access::Release> out_;
};

}  // namespace

std::vector<access::Release> config_releases(const Config& from, const Config& to) {
  return Releases(from, to).run();
}

}  // namespace maester::app
