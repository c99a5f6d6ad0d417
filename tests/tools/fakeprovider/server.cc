#include "fakeprovider/server.h"

#include <simdjson.h>

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "common/http1.h"
#include "fakeprovider/reply.h"
#include "fakeprovider/words.h"

namespace maester::rig {
namespace {

constexpr std::size_t kMaxRequest = std::size_t{64} << 20;
constexpr std::size_t kMaxWaiting = 256 * 1024;  // bytes that wait to be sent

// An answer that is being given.
struct Exchange {
  Call call;
  Reply reply;
  Api api = Api::openai_chat;
  std::string id;
  std::size_t next = 0;   // step
  std::uint64_t due = 0;  // when the next step is, mono_ns
};

struct Connection {
  Fd fd;
  std::uint64_t id = 0, requests = 0;
  std::string in, out;
  std::size_t sent = 0;
  std::unique_ptr<Exchange> exchange;
  std::uint64_t timer = 0;  // the due time that a timer was set for
  bool wants_write = false;
  bool close_when_sent = false;
  bool gone = false;
};

class Loop {
 public:
  Loop(Fd listener, Shared& shared) : listener_(std::move(listener)), shared_(shared) {
    poller_.add(listener_.get(), EPOLLIN, nullptr);
  }
  void run();

 private:
  struct Timer {
    std::uint64_t due;
    std::uint64_t connection;
    bool operator>(const Timer& o) const { return due > o.due; }
  };

  void accept_all();
  void readable(Connection& c);
  void read_requests(Connection& c, std::string_view bytes);
  std::size_t take_request(Connection& c, std::string_view bytes);
  bool hit(const Spec& spec, const Head& head, const Asked& asked, std::uint64_t roll);
  void answer(Connection& c, const Head& head, std::string_view body);
  bool control(Connection& c, const Head& head, std::string_view body);
  void begin(Connection& c, std::unique_ptr<Exchange> exchange);
  void advance(Connection& c);
  bool fill(Connection& c);
  bool perform(Connection& c, const Step& step);
  void flush(Connection& c);
  void finish(Connection& c, Outcome outcome);
  void drop(Connection& c);
  void run_timers();

  Poller poller_;
  Fd listener_;
  Shared& shared_;
  simdjson::dom::parser parser_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<std::uint64_t> gone_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::vector<char> scratch_ = std::vector<char>(256 * 1024);
};

void Loop::run() {
  while (!stop_requested()) {
    for (const epoll_event& event : poller_.wait(timers_.empty() ? kNever : timers_.top().due)) {
      if (event.data.ptr == nullptr) {
        accept_all();
        continue;
      }
      auto& c = *static_cast<Connection*>(event.data.ptr);
      if (!c.gone && (event.events & EPOLLOUT) != 0) advance(c);
      if (!c.gone && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) readable(c);
    }
    run_timers();
    for (const std::uint64_t id : gone_) connections_.erase(id);
    gone_.clear();
    shared_.calls.flush();
  }
  for (auto& [id, c] : connections_) {
    if (c->exchange) shared_.calls.end(c->exchange->call, Outcome::open);
  }
  shared_.calls.flush();
}

void Loop::accept_all() {
  for (Fd fd = accept_from(listener_.get()); fd.valid(); fd = accept_from(listener_.get())) {
    auto c = std::make_unique<Connection>();
    c->id = ++shared_.calls.connections_total;
    ++shared_.calls.connections_open;
    c->fd = std::move(fd);
    poller_.add(c->fd.get(), EPOLLIN, c.get());
    connections_.emplace(c->id, std::move(c));
  }
}

void Loop::readable(Connection& c) {
  const IoResult got = receive_some(c.fd.get(), scratch_);
  if (got.io == Io::blocked) return;
  if (got.io != Io::done) {
    if (c.exchange) finish(c, Outcome::client_closed);
    drop(c);
    return;
  }
  const std::string_view bytes(scratch_.data(), got.bytes);
  if (c.in.empty() && !c.exchange) {
    read_requests(c, bytes);
    return;
  }
  c.in.append(bytes);
  if (c.in.size() > kMaxRequest)
    drop(c);
  else if (!c.exchange)
    read_requests(c, std::exchange(c.in, {}));
}

// Takes whole requests from `bytes` and keeps the rest in c.in.
void Loop::read_requests(Connection& c, std::string_view bytes) {
  while (!bytes.empty() && !c.exchange && !c.gone) {
    const std::size_t used = take_request(c, bytes);
    if (used == 0) break;
    bytes.remove_prefix(used);
  }
  if (!c.gone) c.in.assign(bytes);
}

// Answers 0 when the request is not whole yet.
std::size_t Loop::take_request(Connection& c, std::string_view bytes) {
  Head head;
  const Parse parsed = parse_request_head(bytes, head);
  if (parsed == Parse::more) return 0;
  if (parsed == Parse::bad) {
    drop(c);
    return bytes.size();
  }
  const std::string_view rest = bytes.substr(head.length);
  if (head.chunked) {
    ChunkedDecoder decoder;
    std::string body;
    std::size_t used = 0;
    if (decoder.feed(rest, used, body) != Parse::done) return 0;
    answer(c, head, body);
    return head.length + used;
  }
  if (rest.size() < head.content_length) return 0;
  answer(c, head, rest.substr(0, head.content_length));
  return head.length + head.content_length;
}

bool Loop::control(Connection& c, const Head& head, std::string_view body) {
  std::string text = "{}";
  int status = 200;
  if (head.target == "/__stats") {
    text = shared_.calls.stats_json();
  } else if (head.target == "/__reset") {
    shared_.calls.reset();
    shared_.requests = 0;
    shared_.hits.clear();
  } else if (head.target == "/__script") {
    std::string error;
    if (!shared_.script.load(body, error)) {
      status = 400;
      text = "{\"error\":" + rig::quoted(error) + "}";
    }
  } else if (head.target.ends_with("/models")) {
    text = models_body();
  } else {
    return false;
  }
  c.out += json_reply(status, text).steps.front().bytes;
  flush(c);
  return true;
}

std::string_view credential_of(const Head& head) {
  for (const char* name : {"authorization", "x-api-key", "x-goog-api-key", "api-key"}) {
    if (const std::string_view value = head.field(name); !value.empty()) return value;
  }
  return {};
}

// Whether the fault is for this request.
bool Loop::hit(const Spec& spec, const Head& head, const Asked& asked, std::uint64_t roll) {
  if (roll % 100 >= spec.percent) return false;
  if (!spec.only.empty() && !credential_of(head).ends_with(spec.only)) return false;
  if (spec.only_prefill && !asked.prefill) return false;
  return spec.times == 0 || shared_.hits.next(asked.model) <= spec.times;
}

void Loop::answer(Connection& c, const Head& head, std::string_view body) {
  Asked asked;
  if (!read_target(head.target, asked)) {
    if (control(c, head, body)) return;
    c.out +=
        json_reply(404, error_body(Api::openai_chat, 404, "no such route")).steps.front().bytes;
    flush(c);
    return;
  }
  auto exchange = std::make_unique<Exchange>();
  Call& call = exchange->call;
  call.number = ++c.requests;
  const std::uint64_t n = ++shared_.requests;
  exchange->api = asked.api;
  exchange->id = "c" + std::to_string(c.id) + "-" + std::to_string(c.requests);
  Spec spec;
  const Reading reading = read_request(parser_, asked.api, body, asked);
  std::string error = reading.error;
  if (reading.ok && !shared_.script.find(asked.model, spec, error) && error.empty()) spec = Spec{};
  if (spec.chaos) spec = chaos_spec(spec, n);
  const std::uint64_t roll = mix64(shared_.seed * 0x100000001b3 + n);
  if (spec.fault != Fault::none && !hit(spec, head, asked, roll)) spec.fault = Fault::none;
  if (!shared_.fixture.empty()) spec.fixture = shared_.fixture;
  exchange->reply = error.empty()
                        ? make_reply(asked, spec, shared_.fixtures, exchange->id, mix64(roll))
                        : json_reply(400, error_body(asked.api, 400, error));
  exchange->reply.keep_alive = exchange->reply.keep_alive && head.keep_alive;
  call.status = exchange->reply.status;
  call.input_tokens = exchange->reply.input_tokens;
  call.model = std::move(asked.model);
  call.stream = asked.stream;
  call.body_bytes = body.size();
  call.connection = c.id;
  if (shared_.calls.journalled()) {
    call.start_wall_ns = wall_ns();
    call.path = head.target;
    call.request_id = head.field("x-maester-request-id");
    call.attempt = head.field("x-maester-attempt");
    call.credential = credential_of(head);
  }
  begin(c, std::move(exchange));
}

void Loop::begin(Connection& c, std::unique_ptr<Exchange> exchange) {
  shared_.calls.begin(exchange->call);
  const bool delayed = !exchange->reply.steps.empty() && exchange->reply.steps.front().delay_ns > 0;
  exchange->due = delayed ? mono_ns() + exchange->reply.steps.front().delay_ns : 0;
  c.exchange = std::move(exchange);
  advance(c);
}

// Performs the steps that are due and writes, until something has to be waited for.
void Loop::advance(Connection& c) {
  bool more = true;
  while (more && !c.gone) {
    more = fill(c);
    if (!c.gone) flush(c);
    if (c.wants_write) more = false;  // a client that does not read gets no more
  }
  if (!c.gone && !c.exchange && !c.in.empty()) read_requests(c, std::exchange(c.in, {}));
}

// Answers true when only the bound on what waits to be sent stopped it.
bool Loop::fill(Connection& c) {
  while (c.exchange && !c.gone) {
    Exchange& x = *c.exchange;
    if (x.next == x.reply.steps.size()) {
      const bool keep = x.reply.keep_alive;
      finish(c, x.reply.whole ? Outcome::complete : Outcome::cut);
      if (!keep) c.close_when_sent = true;
      return false;
    }
    if (x.due > 0 && x.due > mono_ns()) {
      if (c.timer != x.due) timers_.push({x.due, c.id});
      c.timer = x.due;
      return false;
    }
    if (c.out.size() - c.sent > kMaxWaiting) return true;
    if (!perform(c, x.reply.steps[x.next])) return false;
  }
  return false;
}

// Answers false when nothing may follow now.
bool Loop::perform(Connection& c, const Step& step) {
  Exchange& x = *c.exchange;
  switch (step.act) {
    case Act::send:
      c.out += step.bytes;
      break;
    case Act::stamp:
      c.out += stamped_chunk(x.api, x.id, x.call.model, step.index, mono_ns(), x.reply.pad);
      break;
    case Act::again:
      c.out += step.bytes;
      x.due = mono_ns() + step.delay_ns;
      return true;
    case Act::hang:
      return false;
    case Act::reset:
      reset_on_close(c.fd.get());
      [[fallthrough]];
    case Act::close:
      flush(c);
      if (c.gone) return false;
      finish(c, x.reply.whole ? Outcome::complete : Outcome::cut);
      drop(c);
      return false;
  }
  x.call.output_tokens += step.bills;
  ++x.next;
  if (x.next < x.reply.steps.size() && x.reply.steps[x.next].delay_ns > 0) {
    x.due = (x.due > 0 ? x.due : mono_ns()) + x.reply.steps[x.next].delay_ns;
  }
  return true;
}

void Loop::flush(Connection& c) {
  const bool one_byte = c.exchange && c.exchange->reply.one_byte;
  bool blocked = false;
  while (c.sent < c.out.size() && !blocked) {
    const std::string_view left = std::string_view(c.out).substr(c.sent);
    const IoResult put = send_some(c.fd.get(), one_byte ? left.substr(0, 1) : left);
    if (put.io == Io::failed) {
      if (c.exchange) finish(c, Outcome::client_closed);
      drop(c);
      return;
    }
    blocked = put.io == Io::blocked;
    c.sent += put.bytes;
  }
  if (!blocked) {
    c.out.clear();
    c.sent = 0;
    if (c.close_when_sent) return drop(c);
  }
  if (blocked != c.wants_write) {
    c.wants_write = blocked;
    poller_.change(c.fd.get(), EPOLLIN | (blocked ? EPOLLOUT : 0u), &c);
  }
}

void Loop::finish(Connection& c, Outcome outcome) {
  shared_.calls.end(c.exchange->call, outcome);
  c.exchange.reset();
}

void Loop::drop(Connection& c) {
  if (c.gone) return;
  if (c.exchange) finish(c, Outcome::client_closed);
  c.gone = true;
  c.fd.reset();
  --shared_.calls.connections_open;
  gone_.push_back(c.id);
}

void Loop::run_timers() {
  const std::uint64_t now = mono_ns();
  while (!timers_.empty() && timers_.top().due <= now) {
    const auto found = connections_.find(timers_.top().connection);
    timers_.pop();
    if (found != connections_.end() && !found->second->gone) advance(*found->second);
  }
}

}  // namespace

void serve(Fd listener, Shared& shared) {
  const auto loop = std::make_unique<Loop>(std::move(listener), shared);
  loop->run();
}

}  // namespace maester::rig
