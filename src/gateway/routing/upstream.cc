#include "gateway/routing/upstream.h"

namespace maester::gateway {
namespace {

// A control character parts the names: none of them has one.
std::string joined(std::string_view a, std::string_view b, std::string_view c = {}) {
  std::string out(a);
  out += '\n';
  out += b;
  out += '\n';
  out += c;
  return out;
}

template <class State, class Map>
std::shared_ptr<State> found_or_made(Map& map, const std::string& name) {
  std::shared_ptr<State>& state = map[name];
  if (state == nullptr) state = std::make_shared<State>();
  return state;
}

template <class Map>
void drop_unused(Map& map) {
  std::erase_if(map, [](const auto& entry) { return entry.second.use_count() == 1; });
}

}  // namespace

void CoolDown::until(MonoTime t) {
  const std::int64_t wanted = t.time_since_epoch().count();
  std::int64_t seen = until_.load(std::memory_order_relaxed);
  while (seen < wanted && !until_.compare_exchange_weak(seen, wanted, std::memory_order_relaxed)) {
  }
}

Upstream HealthBoard::upstream(std::string_view provider, std::string_view model,
                               const std::vector<std::string>& credentials) {
  const std::lock_guard lock(mutex_);
  Upstream out;
  out.state = found_or_made<UpstreamState>(upstreams_, joined(provider, model));
  const std::vector<std::string> none{""};
  for (const std::string& credential : credentials.empty() ? none : credentials) {
    out.lanes.push_back(
        {found_or_made<LaneState>(lanes_, joined(provider, model, credential)),
         found_or_made<CredentialState>(credentials_, joined(provider, credential))});
  }
  return out;
}

void HealthBoard::prune() {
  const std::lock_guard lock(mutex_);
  drop_unused(upstreams_);
  drop_unused(lanes_);
  drop_unused(credentials_);
}

}  // namespace maester::gateway
