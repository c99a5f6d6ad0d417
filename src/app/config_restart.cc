#include "app/config_restart.h"

#include <array>

#include "app/config_reader.h"

namespace maester::app {
namespace {

struct Fixed {
  std::string_view table, key;  // table "" = the top level
  bool (*same)(const gateway::Config&, const gateway::Config&);
};

using C = gateway::Config;
constexpr std::array kFixed = {
    Fixed{"", "listen", [](const C& a, const C& b) { return a.listen == b.listen; }},
    Fixed{"", "data_dir", [](const C& a, const C& b) { return a.data_dir == b.data_dir; }},
    Fixed{"", "cores", [](const C& a, const C& b) { return a.cores == b.cores; }},
    Fixed{"tls", "certificate",
          [](const C& a, const C& b) { return a.tls_certificate == b.tls_certificate; }},
    Fixed{"tls", "key", [](const C& a, const C& b) { return a.tls_key == b.tls_key; }},
    Fixed{"ledger", "durability",
          [](const C& a, const C& b) { return a.durability == b.durability; }},
    Fixed{"cache", "memory_mb",
          [](const C& a, const C& b) { return a.cache.memory_mb == b.cache.memory_mb; }},
    Fixed{"cache", "disk_mb",
          [](const C& a, const C& b) { return a.cache.disk_mb == b.cache.disk_mb; }},
    Fixed{"cache", "max_entry_kb",
          [](const C& a, const C& b) { return a.cache.max_entry_kb == b.cache.max_entry_kb; }},
    Fixed{"cache", "max_questions",
          [](const C& a, const C& b) { return a.cache.max_questions == b.cache.max_questions; }},
    Fixed{"jobs", "workers",
          [](const C& a, const C& b) { return a.jobs.workers == b.jobs.workers; }},
    Fixed{"jobs", "per_tenant",
          [](const C& a, const C& b) { return a.jobs.per_tenant == b.jobs.per_tenant; }},
    Fixed{"batches", "at_once",
          [](const C& a, const C& b) { return a.batches.at_once == b.batches.at_once; }},
    Fixed{"batches", "per_tenant",
          [](const C& a, const C& b) { return a.batches.per_tenant == b.batches.per_tenant; }},
    Fixed{"capture", "retention_days",
          [](const C& a, const C& b) { return a.retention_days == b.retention_days; }},
};

}  // namespace

Problems needing_restart(const gateway::Config& running, const LoadedConfig& next,
                         const std::string& file_name) {
  ProblemList problems(file_name);
  for (const Fixed& one : kFixed) {
    if (one.same(running, next.config)) continue;
    const Node& table = one.table.empty() ? next.tree : next.tree[one.table];
    const std::string name =
        (one.table.empty() ? "" : std::string(one.table) + ".") + std::string(one.key);
    problems.add(table[one.key].place,
                 "`" + name +
                     "` needs a restart: put it back to what it was, or stop Maester and start it "
                     "with this configuration");
  }
  return problems.empty() ? Problems{} : problems.take();
}

}  // namespace maester::app
