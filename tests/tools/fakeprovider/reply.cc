#include "fakeprovider/reply.h"

#include <algorithm>
#include <string_view>

#include "common/http1.h"
#include "common/net.h"
#include "fakeprovider/bomb.h"
#include "fakeprovider/native.h"
#include "fakeprovider/words.h"

namespace maester::rig {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSentence =
    "The fake provider has read your request and answers with this sentence.";
constexpr std::string_view kThoughts = "First I read the question, then I think about it.";
constexpr std::string_view kJson = R"({"city":"Zürich","temperature":21,"sunny":true})";
constexpr std::uint64_t kBeforeReset =
    30 * kMillisecond;  // so that what was sent is read before the RST

// One piece of a body; a stream's pieces are its events.
struct Piece {
  std::string bytes = {};
  std::uint64_t delay_ns = 0;
  bool stamp = false;
  std::uint32_t index = 0, bills = 0;
};

struct Draft {
  int status = 200;
  std::string fields;  // header lines but those of the framing
  std::vector<Piece> pieces;
  bool chunked = false;
};

Answer make_answer(const Asked& asked, const Spec& spec, const std::string& id) {
  Answer a;
  a.api = asked.api;
  a.id = (asked.api == Api::anthropic ? "msg_" : "chatcmpl-") + id;
  a.model = asked.model;
  a.include_usage = asked.include_usage;
  a.usage = spec.fault != Fault::no_usage;
  a.end_marker = spec.fault != Fault::no_done;
  a.input_tokens = tokens_of(asked.text.size());
  if (spec.shape == Shape::tools || spec.shape == Shape::tools_parallel) {
    const std::size_t calls = spec.shape == Shape::tools ? 1 : 2;
    for (std::size_t i = 0; i < calls; ++i) {
      const std::string name =
          asked.tools.empty() ? "get_weather" : asked.tools[i % asked.tools.size()];
      a.tools.push_back({"call_" + id + "_" + std::to_string(i), name,
                         i == 0 ? R"({"city":"Paris","unit":"celsius"})" : R"({"city":"Zürich"})"});
      a.output_tokens += tokens_of(a.tools.back().arguments.size());
    }
    return a;
  }
  a.text = spec.shape == Shape::echo ? asked.text : std::string(kSentence);
  if (spec.shape == Shape::reasoning) a.reasoning = kThoughts;
  if (spec.shape == Shape::images) a.text = "I see " + std::to_string(asked.images) + " images.";
  if (spec.shape == Shape::json) {
    a.text = kJson;
    if (spec.fenced) a.text = "Here it is:\n```json\n" + a.text + "\n```\n";
  }
  if (spec.text_bytes > 0) a.text.assign(spec.text_bytes, 'x');
  if (spec.fault == Fault::big_line) a.text.assign(std::size_t{10} << 20, 'x');
  if (spec.fault == Fault::invalid_utf8) a.text.insert(a.text.size() / 2, "\xff\xfe\xc3(");
  if (spec.fault != Fault::big_line && asked.max_tokens >= 0 &&
      a.text.size() > static_cast<std::size_t>(asked.max_tokens) * 4) {
    std::size_t size = static_cast<std::size_t>(asked.max_tokens) * 4;
    while (size > 0 && (static_cast<unsigned char>(a.text[size]) & 0xC0) == 0x80) --size;
    a.text.resize(size);
    a.capped = true;
  }
  a.output_tokens = a.text.empty() ? 0 : tokens_of(a.text.size());
  return a;
}

// The text events of `stream:chunks=N`, each made when it is sent. They are a load and not an
// answer: max_tokens does not shorten them.
void add_stamped(const Spec& spec, Answer& answer, std::vector<Piece>& out) {
  const auto each = static_cast<std::uint32_t>(tokens_of(60 + spec.pad));
  for (std::uint32_t i = 0; i < spec.chunks; ++i) {
    out.push_back({.delay_ns = i == 0 ? 0 : spec.interval_ms * kMillisecond,
                   .stamp = true,
                   .index = i,
                   .bills = each});
  }
  answer.output_tokens = std::int64_t{each} * spec.chunks;
}

void draft_stream(const Spec& spec, const Asked& asked, Answer answer, Draft& out) {
  out.chunked = true;
  out.fields = "content-type: " + std::string(stream_content_type(asked.api)) +
               "\r\ncache-control: no-cache\r\n";
  std::vector<Piece> middle;
  if (spec.chunks > 0) add_stamped(spec, answer, middle);
  if (spec.fault == Fault::usage_mismatch) answer.output_tokens *= 10;
  Events events = events_of(answer);
  if (spec.chunks == 0) {
    const auto pieces = static_cast<std::int64_t>(std::max<std::size_t>(1, events.pieces.size()));
    std::int64_t billed = 0, i = 0;
    const std::int64_t total =
        spec.fault == Fault::usage_mismatch ? answer.output_tokens / 10 : answer.output_tokens;
    if (spec.fault == Fault::big_line && !answer.text.empty()) {
      events.pieces = {text_event(answer.api, answer.id, answer.model, answer.text)};
    }
    for (std::string& event : events.pieces) {
      const std::int64_t upto = total * ++i / pieces;
      middle.push_back({.bytes = std::move(event),
                        .delay_ns = i == 1 ? 0 : spec.interval_ms * kMillisecond,
                        .bills = static_cast<std::uint32_t>(upto - billed)});
      billed = upto;
    }
  }
  const auto half = middle.begin() + static_cast<std::ptrdiff_t>(middle.size() / 2);
  if (spec.fault == Fault::garbage_json)
    middle.insert(half, Piece{.bytes = garbage_event(asked.api)});
  if (spec.fault == Fault::error_event) {
    middle.erase(half, middle.end());
    events.after = error_event(asked.api, "The fake provider broke off.");
  }
  out.pieces.push_back({.bytes = std::move(events.before)});
  out.pieces.front().delay_ns = spec.first_ms * kMillisecond;
  std::ranges::move(middle, std::back_inserter(out.pieces));
  out.pieces.push_back({.bytes = std::move(events.after)});
}

void draft_body(const Spec& spec, const Asked& asked, Answer answer, Draft& out) {
  out.fields = "content-type: application/json\r\n";
  const auto bills = static_cast<std::uint32_t>(answer.output_tokens);
  if (spec.fault == Fault::usage_mismatch) answer.output_tokens *= 10;
  std::string body = asked.api == Api::embeddings ? embeddings_body(asked)
                     : asked.count                ? count_body(answer)
                                                  : body_of(answer);
  if (spec.fault == Fault::garbage_json) body.insert(1, "}{");
  if (spec.fault == Fault::error_event)
    body = error_body(asked.api, 500, "The fake provider broke off.");
  out.pieces.push_back({.bytes = std::move(body), .bills = bills});
}

void draft_fixture(const Fixture& fixture, std::size_t cut, Draft& out) {
  out.status = fixture.status;
  for (const auto& [name, value] : fixture.headers) out.fields += name + ": " + value + "\r\n";
  out.chunked = fixture.streaming;
  for (std::string_view rest = fixture.body; !rest.empty();) {
    const std::size_t n = cut == 0 ? rest.size() : std::min(cut, rest.size());
    out.pieces.push_back({.bytes = std::string(rest.substr(0, n))});
    rest.remove_prefix(n);
  }
}

// Faults that answer with something else than was asked for. True when `spec` names one.
bool draft_refusal(const Spec& spec, Api api, Draft& out) {
  out.fields = "content-type: application/json\r\n";
  switch (spec.fault) {
    case Fault::status:
      out.status = spec.status;
      if (spec.retry_after >= 0)
        out.fields += "retry-after: " + std::to_string(spec.retry_after) + "\r\n";
      out.fields += error_header(api, spec.status);
      out.pieces.push_back(
          {.bytes = error_body(api, spec.status,
                               spec.say.empty() ? "The fake provider was told to answer so."sv
                                                : std::string_view(spec.say))});
      return true;
    case Fault::redirect:
      out.status = 302;
      out.fields = "location: http://169.254.169.254/latest/meta-data\r\n";
      return true;
    case Fault::html_502:
      out.status = 502;
      out.fields = "content-type: text/html\r\n";
      out.pieces.push_back({.bytes = "<html><head><title>502 Bad Gateway</title></head><body>"
                                     "<center><h1>502 Bad Gateway</h1></center></body></html>"});
      return true;
    case Fault::empty_502:
      out.status = 502;
      out.fields.clear();
      return true;
    case Fault::gzip_bomb:
      out.fields += "content-encoding: gzip\r\n";
      out.pieces.push_back({.bytes = gzip_of_zeros(std::size_t{256} << 20)});
      return true;
    case Fault::comments_only:
      out.fields = "content-type: text/event-stream\r\n";
      out.chunked = true;
      return true;
    default:
      return false;
  }
}

std::string head_of(const Draft& draft, std::int64_t length_error) {
  std::string out = "HTTP/1.1 " + std::to_string(draft.status) + " Fake\r\n" + draft.fields;
  if (draft.chunked) return out.append("transfer-encoding: chunked\r\n\r\n");
  std::int64_t length = length_error;
  for (const Piece& piece : draft.pieces) length += static_cast<std::int64_t>(piece.bytes.size());
  return out.append("content-length: ").append(std::to_string(length)).append("\r\n\r\n");
}

// Cuts the pieces at `limit` bytes of body; a stamped piece counts as nothing.
void cut_pieces(std::vector<Piece>& pieces, std::size_t limit) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].bytes.size() >= limit) {
      pieces[i].bytes.resize(limit);
      pieces[i].bills = 0;
      pieces.resize(i + 1);
      return;
    }
    limit -= pieces[i].bytes.size();
  }
}

// Or, of a stream, after so many events (not -1).
void cut_in_half(std::vector<Piece>& pieces, bool chunked, std::int64_t events) {
  std::size_t bytes = 0;
  if (chunked && events >= 0 && static_cast<std::size_t>(events) + 1 < pieces.size()) {
    pieces.resize(static_cast<std::size_t>(events) + 1);  // the first piece opens the stream
    return;
  }
  for (const Piece& piece : pieces) bytes += piece.bytes.size();
  if (chunked && pieces.size() > 2)
    pieces.resize(pieces.size() / 2 + 1);
  else
    cut_pieces(pieces, bytes / 2);
}

// Shortens the pieces as the fault says and names the step that ends the broken answer.
bool break_off(const Spec& spec, Draft& draft, Step& end) {
  switch (spec.fault) {
    case Fault::hang_mid:
      cut_in_half(draft.pieces, draft.chunked, spec.argument);
      end = {.act = Act::hang};
      return true;
    case Fault::rst_mid:
      cut_in_half(draft.pieces, draft.chunked, spec.argument);
      end = {.act = Act::reset, .delay_ns = kBeforeReset};
      return true;
    case Fault::cut:
      cut_pieces(draft.pieces, static_cast<std::size_t>(std::max<std::int64_t>(0, spec.argument)));
      end = {.act = Act::close};
      return true;
    case Fault::wrong_content_length:
      end = {.act = Act::close};
      return true;
    case Fault::comments_only:
      end = {.act = Act::again,
             .delay_ns = static_cast<std::uint64_t>(spec.argument > 0 ? spec.argument : 200) *
                         kMillisecond};
      append_chunk(end.bytes, ": still thinking\n\n");
      return true;
    default:
      return false;
  }
}

void frame(const Spec& spec, Draft draft, Reply& out) {
  std::int64_t length_error = 0;
  if (spec.fault == Fault::wrong_content_length) length_error = 100;
  if (spec.fault == Fault::short_content_length) length_error = -10;
  if (length_error != 0) draft.chunked = false;
  std::string head =
      head_of(draft, length_error);  // of the whole: a cut answer has promised all of it
  if (spec.fault == Fault::cut || spec.fault == Fault::hang_mid || spec.fault == Fault::rst_mid) {
    head = head_of(draft, 0);
  }
  Step end;
  const bool broken = break_off(spec, draft, end);
  out.status = draft.status;
  out.whole = !broken;
  out.steps.push_back({.bytes = std::move(head)});
  for (Piece& piece : draft.pieces) {
    if (piece.bytes.empty() && !piece.stamp) continue;
    Step step{.act = piece.stamp ? Act::stamp : Act::send,
              .delay_ns = piece.delay_ns,
              .index = piece.index,
              .bills = piece.bills};
    if (draft.chunked && !piece.stamp)
      append_chunk(step.bytes, piece.bytes);
    else
      step.bytes = std::move(piece.bytes);
    out.steps.push_back(std::move(step));
  }
  if (broken)
    out.steps.push_back(std::move(end));
  else if (draft.chunked)
    out.steps.push_back({.bytes = "0\r\n\r\n"});
  if (spec.fault == Fault::close_after || spec.fault == Fault::short_content_length) {
    out.steps.push_back({.act = Act::close});
  }
}

// One byte of the whole answer each `argument` milliseconds.
void drip(const Spec& spec, Reply& out) {
  const std::uint64_t delay =
      static_cast<std::uint64_t>(spec.argument > 0 ? spec.argument : 250) * kMillisecond;
  std::vector<Step> steps;
  for (const Step& step : out.steps) {
    for (const char c : step.bytes)
      steps.push_back({.delay_ns = delay, .bytes = std::string(1, c)});
    if (!steps.empty()) steps.back().bills = step.bills;
  }
  out.steps = std::move(steps);
}

}  // namespace

Reply make_reply(const Asked& asked, const Spec& spec, const Fixtures& fixtures,
                 const std::string& id, std::uint64_t roll) {
  Reply out;
  out.pad = spec.pad;
  out.one_byte = spec.fault == Fault::one_byte_writes;
  std::uint64_t latency = spec.latency_min_ms * kMillisecond;
  if (spec.latency_max_ms > spec.latency_min_ms) {
    latency += roll % ((spec.latency_max_ms - spec.latency_min_ms) * kMillisecond);
  }
  Draft draft;
  if (!spec.fixture.empty()) {
    std::string error;
    const auto fixture = fixtures.find(spec.fixture, error);
    if (!fixture) return json_reply(404, error_body(asked.api, 404, error));
    draft_fixture(*fixture, spec.fixture_cut, draft);
  } else if (spec.fault == Fault::hang_headers || spec.fault == Fault::close_before) {
    out.steps = {{.act = spec.fault == Fault::hang_headers ? Act::hang : Act::close}};
    out.whole = false;
    return out;
  } else if (spec.fault == Fault::garbage) {
    out.steps = {{.bytes = std::string("\x16\x03\x01\x00garbage \xff\xfe\r\n\r\n{}"sv)},
                 {.act = Act::close}};
    out.whole = false;
    return out;
  } else if (!draft_refusal(spec, asked.api, draft)) {
    const Answer answer = make_answer(asked, spec, id);
    out.input_tokens = answer.input_tokens;
    if (asked.stream)
      draft_stream(spec, asked, answer, draft);
    else
      draft_body(spec, asked, answer, draft);
  }
  for (const Piece& piece : draft.pieces) out.output_tokens += piece.bills;
  frame(spec, std::move(draft), out);
  if (spec.fault == Fault::slow_loris) drip(spec, out);
  if (!out.steps.empty()) out.steps.front().delay_ns += latency;
  return out;
}

Reply json_reply(int status, std::string_view body) {
  Reply out;
  out.status = status;
  out.steps.push_back({.bytes = "HTTP/1.1 " + std::to_string(status) +
                                " Fake\r\ncontent-type: application/json\r\ncontent-length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + std::string(body)});
  return out;
}

std::string stamped_chunk(Api api, const std::string& id, const std::string& model,
                          std::uint32_t index, std::uint64_t now_ns, std::size_t pad) {
  std::string out;
  append_chunk(out, text_event(api, (api == Api::anthropic ? "msg_" : "chatcmpl-") + id, model,
                               stamped_text(id, index, now_ns, pad)));
  return out;
}

}  // namespace maester::rig
