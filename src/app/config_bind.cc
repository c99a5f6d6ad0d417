#include "app/config_bind.h"

#include <algorithm>
#include <set>

#include "app/address.h"
#include "base/hash.h"
#include "codec/json.h"

namespace maester::app {
namespace {

constexpr std::size_t kMinKey = 16;

void bind_keys(const Node& root, gateway::Config& config, ProblemList& problems) {
  std::set<std::string_view> names, secrets;
  for (const Node& one : root["keys"].items) {
    gateway::ConfiguredKey key;
    key.name = one["name"].text;
    key.key = access::Secret(one["key"].text);
    key.tenant = one["tenant"].text;
    key.role = one["role"].text;
    if (one["key"].valid && one["key"].text.size() < kMinKey) {
      problems.add(one["key"].place, "the key of `" + key.name + "` has " +
                                         std::to_string(one["key"].text.size()) +
                                         " characters; a key needs 16 or more");
    }
    if (one["name"].valid && !names.insert(one["name"].text).second) {
      problems.add(one["name"].place, "two [[keys]] are named `" + key.name + "`");
    }
    if (one["key"].valid && !secrets.insert(one["key"].text).second) {
      problems.add(one["key"].place, "the key of `" + key.name + "` is also that of another entry");
    }
    config.keys.push_back(std::move(key));
  }
}

void bind_limits(const Node& limits, gateway::RequestLimits& out) {
  out.chat_body = static_cast<std::size_t>(limits["chat_body_bytes"].number);
  out.max_messages = limits["max_messages"].number;
  out.max_tools = limits["max_tools"].number;
  out.max_stop = limits["max_stop"].number;
  out.max_n = limits["max_n"].number;
  out.concurrency_per_key = static_cast<int>(limits["concurrency_per_key"].number);
  out.concurrency_total = static_cast<int>(limits["concurrency_total"].number);
  out.queue = milliseconds{limits["queue_ms"].number};
  out.concurrency_shadow = static_cast<int>(limits["concurrency_shadow"].number);
  out.memory_mb = limits["memory_mb"].number;
  out.default_max_tokens = limits["default_max_tokens"].number;
}

void bind_cache(const Node& cache, gateway::CacheConfig& out) {
  out.enabled = cache["enabled"].flag;
  out.memory_mb = cache["memory_mb"].number;
  out.disk_mb = cache["disk_mb"].number;
  out.max_entry_kb = cache["max_entry_kb"].number;
  out.max_questions = cache["max_questions"].number;
  out.max_ttl = std::chrono::seconds{cache["max_ttl_s"].number};
}

void bind_structured(const Node& structured, gateway::StructuredOutput& out) {
  using gateway::StructuredMode;
  const std::string& mode = structured["mode"].text;
  out.mode = mode == "off"      ? StructuredMode::off
             : mode == "record" ? StructuredMode::record
             : mode == "repair" ? StructuredMode::repair
                                : StructuredMode::retry;
  out.streams = structured["streams"].text == "hold";
}

void bind_breaker(const Node& breaker, gateway::BreakerRules& out) {
  out.enabled = breaker["enabled"].flag;
  out.consecutive_failures = static_cast<int>(breaker["consecutive_failures"].number);
  out.failure_percent = static_cast<int>(breaker["failure_percent"].number);
  out.minimum_calls = static_cast<int>(breaker["minimum_calls"].number);
  out.window = milliseconds{breaker["window_ms"].number};
  out.open = milliseconds{breaker["open_ms"].number};
  out.max_open = milliseconds{breaker["max_open_ms"].number};
}

void bind_server(const Node& root, gateway::Config& config, ProblemList& problems) {
  config.listen = root["listen"].text;
  if (root["listen"].valid && !parse_listen_address(config.listen)) {
    problems.add(root["listen"].place,
                 "`listen` must be ADDRESS:PORT with a numeric address, such as "
                 "\"127.0.0.1:8080\" or \"[::1]:8080\", not `" +
                     config.listen + "`");
  }
  config.data_dir = root["data_dir"].text;
  if (root["data_dir"].valid && config.data_dir.empty())
    problems.add(root["data_dir"].place, "`data_dir` must not be empty");
  config.drain = std::chrono::seconds{root["drain_seconds"].number};
  config.cores = static_cast<unsigned>(root["cores"].number);
  const Node& tls = root["tls"];
  config.tls_certificate = tls["certificate"].text;
  config.tls_key = tls["key"].text;
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    problems.add(tls.place, "[tls] needs both `certificate` and `key`");
  }
}

void append_canonical(const Node& node, const std::string& path, std::string& out) {
  if (node.table != nullptr) {
    for (const Node& member : node.members) {
      const std::string name(member.field->name);
      append_canonical(member, path.empty() ? name : path + "." + name, out);
    }
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    append_canonical(node.items[i], path + "[" + std::to_string(i) + "]", out);
  }
  const Type type = node.field == nullptr ? Type::text : node.field->type;
  if (type == Type::table_list || type == Type::text_list || type == Type::secret_list ||
      type == Type::later) {
    return;
  }
  out += path + " = ";
  if (type == Type::integer) {
    out += std::to_string(node.number);
  } else if (type == Type::flag) {
    out += node.flag ? "true" : "false";
  } else {
    json::append_string(out, node.source);
  }
  out += '\n';
}

}  // namespace

gateway::Config bind_config(const Node& root, ProblemList& problems) {
  gateway::Config config;
  bind_server(root, config, problems);
  config.durability = root["ledger"]["durability"].text == "power" ? store::Durability::power
                                                                   : store::Durability::process;
  const std::string& replay = root["capture"]["replay"].text;
  config.capture = replay == "off"    ? gateway::Capture::off
                   : replay == "full" ? gateway::Capture::full
                                      : gateway::Capture::metadata;
  config.retention_days = static_cast<int>(root["capture"]["retention_days"].number);
  config.log_level = root["log"]["level"].text;
  config.egress_ca_file = root["egress"]["ca_file"].text;
  bind_limits(root["limits"], config.limits);
  bind_cache(root["cache"], config.cache);
  config.jobs = {root["jobs"]["workers"].number, root["jobs"]["per_tenant"].number};
  const Node& batches = root["batches"];
  config.batches = {batches["at_once"].number, batches["per_tenant"].number,
                    batches["concurrency"].number, batches["max_lines"].number,
                    batches["max_file_mb"].number};
  bind_breaker(root["breaker"], config.breaker);
  bind_structured(root["structured_output"], config.structured_output);
  const Node& debug = root["debug"];
  config.journal = debug["journal"].flag;
  config.trace = debug["trace"].flag;
  config.log_requests = debug["log_requests"].flag;
  config.evaluate = debug["evaluate"].flag;
  config.price = debug["price"].flag;
  bind_providers(root, config, problems);
  bind_models(root, config, problems);
  bind_guard(root, config, problems);
  bind_keys(root, config, problems);
  config.version = config_version(root);
  return config;
}

std::string config_version(const Node& root) {
  std::string canonical;
  append_canonical(root, "", canonical);
  return sha256_hex(canonical).substr(0, 12);
}

}  // namespace maester::app
