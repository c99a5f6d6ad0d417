#include "knowledge/url_fetcher.h"

#include <algorithm>

#include "wire/url.h"

namespace maester::knowledge {
namespace {

constexpr std::size_t kMaxBytes = 64u << 20;
constexpr int kMaxRedirects = 3;
constexpr std::chrono::seconds kPatience{60};

struct Place {
  wire::Origin origin;
  std::string target;  // path and query
};

std::unexpected<Error> refused(std::string message, std::string reason) {
  return fail(Code::unprocessable, std::move(message), std::move(reason));
}

// The parser of all URLs knows no query, so it is taken off here: visible ASCII alone.
Result<Place> place_of(std::string_view url, const std::vector<std::string>& allow) {
  const std::size_t mark = std::min(url.find('?'), url.size());
  const std::string_view query = url.substr(mark), head = url.substr(0, mark);
  const bool plain =
      std::ranges::all_of(query, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  auto parsed = wire::parse_url(head);
  if (!parsed || !plain) {
    return refused("The URL cannot be fetched: " +
                       (parsed ? std::string("its query has a character that must be escaped.")
                               : parsed.error().message),
                   "url");
  }
  const wire::Origin& origin = parsed->origin;
  const std::string authority =
      (origin.host.find(':') == std::string::npos ? origin.host : "[" + origin.host + "]") + ":" +
      std::to_string(origin.port);
  const bool opened = std::ranges::find(allow, authority) != allow.end();
  if (!opened && (!origin.tls || origin.port != 443)) {
    return refused(
        "Documents are fetched by https at port 443; the operator may open others by "
        "`egress.allow`.",
        "url");
  }
  Place out{parsed->origin, parsed->path};
  if (head.ends_with('/') && !out.target.ends_with('/')) out.target += '/';
  out.target += query;
  return out;
}

// Where a redirect leads: an absolute URL, or a path at the same place.
std::string next_url(const Place& from, std::string_view location) {
  if (location.starts_with("https://") || location.starts_with("http://"))
    return std::string(location);
  const std::string base = from.origin.to_string();
  if (location.starts_with("//"))
    return (from.origin.tls ? "https:" : "http:") + std::string(location);
  if (location.starts_with('/')) return base + std::string(location);
  const std::string path = from.target.substr(0, from.target.find('?'));
  return base + path.substr(0, path.rfind('/') + 1) + std::string(location);
}

}  // namespace

runtime::Task<Result<Fetched>> UrlFetcher::follow(std::string url) const {
  const runtime::Wait wait{Deadline::after(clock_, kPatience), {}};
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    CO_TRY_ASSIGN(const Place place, place_of(url, egress_allow_));
    wire::ClientRequest request;
    request.method = "GET";
    request.path = place.target;
    request.headers.add("accept", "*/*");
    request.headers.add("accept-encoding", "identity");
    request.headers.add("user-agent", "maester");
    auto sending = transport_.send(place.origin, std::move(request), {}, wait);
    auto response = co_await std::move(sending);
    if (!response && response.error().code == Code::no_target)
      co_return refused("The URL's address is unknown, or not one that may be fetched from.",
                        "address");
    if (!response) co_return fail(std::move(response.error()));
    const int status = (*response)->status();
    if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) {
      url = next_url(place, (*response)->headers().get("location"));
      continue;
    }
    if (status < 200 || status > 299) {
      Error error =
          make_error(Code::unprocessable,
                     "The URL answered with status " + std::to_string(status) + ".", "status");
      if (status >= 500 || status == 429 || status == 408) error.code = Code::upstream_error;
      co_return fail(std::move(error));
    }
    Fetched out;
    out.content_type = (*response)->headers().get("content-type");
    auto reading = (*response)->read_all(kMaxBytes);
    CO_TRY_ASSIGN(out.bytes, co_await std::move(reading));
    co_return out;
  }
  co_return refused("The URL redirects more than three times.", "redirects");
}

Result<Fetched> UrlFetcher::fetch(std::string_view url) const {
  Result<Fetched> out;
  auto work = [](const UrlFetcher& self, std::string what,
                 Result<Fetched>& told) -> runtime::Task<void> {
    auto following = self.follow(std::move(what));
    told = co_await std::move(following);
  };
  runtime::run_blocking(cores_.at(0), work(*this, std::string(url), out));
  return out;
}

}  // namespace maester::knowledge
