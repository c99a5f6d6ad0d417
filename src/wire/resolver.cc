#include "wire/resolver.h"

#include <netdb.h>

#include <algorithm>

#include "runtime/suspension.h"

namespace maester::wire {

using runtime::Suspension;
using runtime::Task;
using runtime::Wake;

namespace {

constexpr std::size_t kMaxCached = 1024;
constexpr std::size_t kMaxAddresses = 16;
constexpr milliseconds kFailureTtl{1'000};

std::unexpected<Error> unknown_name(std::string detail) {
  return fail(Code::no_target, "The target's name cannot be resolved.", "dns", std::move(detail));
}

Result<std::vector<IpAddress>> parse_all(const std::string& host,
                                         const Result<std::vector<std::string>>& found) {
  if (!found) return fail(found.error());
  std::vector<IpAddress> addresses;
  for (const std::string& text : *found) {
    const std::optional<IpAddress> address = IpAddress::parse(text);
    if (!address) return unknown_name(host + " resolves to what is no address: " + text);
    addresses.push_back(*address);
  }
  if (addresses.empty()) return unknown_name(host + " has no address");
  return addresses;
}

}  // namespace

Result<std::vector<std::string>> resolve_by_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (code != 0) return unknown_name(host + ": " + ::gai_strerror(code));
  std::vector<std::string> addresses;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    const std::optional<IpAddress> address = IpAddress::from(info->ai_addr);
    if (address && addresses.size() < kMaxAddresses) addresses.push_back(address->to_string());
  }
  ::freeaddrinfo(list);
  return addresses;
}

struct Resolver::Lookup {
  bool done = false;
  Result<std::vector<IpAddress>> result;
  MonoTime expires{};
  std::vector<Suspension*> waiting;

  void finish(Result<std::vector<IpAddress>> found, MonoTime until) {
    done = true;
    result = std::move(found);
    expires = until;
    for (Suspension* waiter : waiting) waiter->signal();
    waiting.clear();
  }
};

Task<Result<std::vector<IpAddress>>> Resolver::resolve(std::string host, runtime::Wait wait) {
  if (const std::optional<IpAddress> numeric = IpAddress::parse(host)) {
    co_return std::vector<IpAddress>{*numeric};
  }
  const std::shared_ptr<Lookup> lookup = find_or_start(host);
  if (lookup->done) co_return lookup->result;
  struct Place {
    Lookup& lookup;
    Suspension* pause;
    ~Place() { std::erase(lookup.waiting, pause); }
  };
  Suspension pause(core_, wait);
  const Place place{*lookup, &pause};
  lookup->waiting.push_back(&pause);
  const Wake wake = co_await pause;
  CO_TRY(runtime::wake_status(wake, "connect"));
  co_return lookup->result;
}

std::shared_ptr<Resolver::Lookup> Resolver::find_or_start(const std::string& host) {
  const MonoTime now = core_.now();
  if (const auto known = cache_.find(host); known != cache_.end()) {
    if (!known->second->done || known->second->expires > now) return known->second;
    cache_.erase(known);
  }
  if (cache_.size() >= kMaxCached) {
    std::erase_if(cache_, [](const auto& entry) { return entry.second->done; });
  }
  auto lookup = std::make_shared<Lookup>();
  cache_[host] = lookup;
  const bool queued =
      workers_.submit([host, lookup, core = &core_, resolve = &resolve_, ttl = ttl_] {
        auto found = parse_all(host, *resolve ? (*resolve)(host) : resolve_by_system(host));
        core->post([lookup, core, ttl, found = std::move(found)]() mutable {
          const milliseconds keep = found ? ttl : std::min(ttl, kFailureTtl);
          lookup->finish(std::move(found), core->now() + keep);
        });
      });
  if (!queued) {
    lookup->finish(fail(Code::overloaded, "Too many names are being resolved; try again shortly."),
                   now);
  }
  return lookup;
}

}  // namespace maester::wire
