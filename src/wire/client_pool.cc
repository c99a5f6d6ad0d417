#include <algorithm>

#include "wire/client_connection.h"

namespace maester::wire {
namespace {

constexpr std::size_t kSpareHeads = 512;

}  // namespace

std::size_t ClientPool::OriginHash::operator()(const Origin& origin) const {
  const std::hash<std::string_view> hash;
  return hash(origin.host) * 31 + hash(origin.credential_id) * 131 + origin.port * 2u +
         (origin.tls ? 1u : 0u);
}

std::unique_ptr<ClientConnection> ClientPool::take(const Origin& origin) {
  const auto found = idle_.find(origin);
  if (found == idle_.end()) return nullptr;
  std::vector<std::unique_ptr<ClientConnection>>& resting = found->second;
  while (!resting.empty()) {
    std::unique_ptr<ClientConnection> connection = std::move(resting.back());
    resting.pop_back();
    connection->resting_in_ = nullptr;
    core_.disarm(*connection);
    if (connection->socket().is_quiet()) return connection;
  }
  return nullptr;
}

void ClientPool::put(std::unique_ptr<ClientConnection> connection) {
  std::vector<std::unique_ptr<ClientConnection>>& resting = idle_[connection->origin()];
  if (resting.size() >= max_idle_) return;  // closes it
  connection->in().release_if_empty();
  connection->resting_in_ = this;
  core_.arm(*connection, Deadline::after(core_.clock(), idle_close_));
  resting.push_back(std::move(connection));
}

void ClientPool::drop(ClientConnection& connection) {
  const auto found = idle_.find(connection.origin());
  if (found == idle_.end()) return;
  std::erase_if(found->second, [&](const auto& resting) { return resting.get() == &connection; });
}

std::size_t ClientPool::size() const {
  std::size_t total = 0;
  for (const auto& [origin, resting] : idle_) total += resting.size();
  return total;
}

std::unique_ptr<ResponseHead> ClientPool::take_head() {
  if (spare_heads_.empty()) return std::make_unique<ResponseHead>();
  std::unique_ptr<ResponseHead> head = std::move(spare_heads_.back());
  spare_heads_.pop_back();
  return head;
}

void ClientPool::put_head(std::unique_ptr<ResponseHead> head) {
  head->clear();
  if (spare_heads_.size() < kSpareHeads) spare_heads_.push_back(std::move(head));
}

}  // namespace maester::wire
