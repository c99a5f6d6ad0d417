#include "gateway/pipeline/stream_relay.h"

#include <optional>

#include "gateway/framing.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {
namespace {

std::unexpected<Error> broken_off() {
  return fail(Code::upstream_error, "The provider's stream broke off before its end.", "reset");
}

void note_usage(Attempt& attempt, const std::vector<StreamEvent>& events) {
  for (const StreamEvent& event : events) {
    if (const auto* usage = std::get_if<StreamUsage>(&event)) attempt.usage = usage->usage;
  }
}

}  // namespace

StreamRelay::StreamRelay(Call& call, Attempt& attempt)
    : call_(call), attempt_(attempt), decoder_(attempt.adapter->stream_decoder()), sink_(call) {
  if (StreamGuard::needed(call)) guard_ = std::make_unique<StreamGuard>(call);
  if (call.evidence != nullptr) markers_.emplace(call.evidence->passages.size());
  forward_ = guard_ == nullptr && !markers_ && attempt.adapter->speaks(call.surface->protocol());
  call.writer = call.surface->stream_writer(call);
}

Status StreamRelay::take(const sse::Event& event, std::string& out) {
  events_.clear();
  TRY_ASSIGN(const StreamDecoder::Outcome outcome, decoder_->decode(event, events_));
  if (outcome.error) {
    attempt_.error = outcome.error;
    return fail(Code::upstream_error, "The provider reported an error inside its stream.",
                "stream_error");
  }
  terminal_ = outcome.terminal;
  if (guard_ != nullptr) refused_ = !guard_->filter(events_);
  check_markers(terminal_);
  for (const StreamEvent& each : events_) TRY(sum_.add(each));
  note_usage(attempt_, events_);
  if (!forward_) {
    call_.writer->append_events(out, events_);
  } else if (terminal_) {
    attempt_.end_event = event.raw;
  } else if (!outcome.usage_only || call_.chat.include_usage) {
    out += event.raw;
  }
  return {};
}

// Of choice 0, the only one that an answer from documents has. What is held back at the end goes
// out in front of whatever ends the choice.
void StreamRelay::check_markers(bool last) {
  if (!markers_) return;
  checked_.clear();
  std::vector<StreamEvent> out;
  for (StreamEvent& event : events_) {
    if (const auto* delta = std::get_if<TextDelta>(&event);
        delta != nullptr && delta->choice == 0) {
      const std::string& text = checked_.emplace_back(markers_->feed(delta->text));
      if (!text.empty()) out.emplace_back(TextDelta{0, text});
      continue;
    }
    const bool ends =
        std::holds_alternative<StreamFinish>(event) || std::holds_alternative<StreamDone>(event);
    if (ends) {
      const std::string& rest = checked_.emplace_back(markers_->finish());
      if (!rest.empty()) out.emplace_back(TextDelta{0, rest});
    }
    out.push_back(std::move(event));
  }
  if (last) {
    const std::string& rest = checked_.emplace_back(markers_->finish());
    if (!rest.empty()) out.emplace_back(TextDelta{0, rest});
  }
  call_.dropped_markers = markers_->dropped();
  events_ = std::move(out);
}

// The stream ended without the event's blank line: what it says counts, but its torn bytes are not
// passed on.
Status StreamRelay::take_unterminated(const sse::Event& event, std::string& out) {
  if (event.data.empty()) return {};
  std::string torn;
  TRY(take(event, torn));
  if (!torn.empty()) sse::append_event(out, event.type, event.data);
  return {};
}

runtime::Task<Status> StreamRelay::deliver(std::string& out) {
  if (out.empty()) co_return Status{};
  if (attempt_.first_event_at == MonoTime{}) {
    attempt_.first_event_at = runtime::Core::current()->now();
    attempt_.lane.flowing(attempt_.first_event_at);
  }
  if (call_.held_back) {
    attempt_.held_bytes += out;
  } else {
    auto writing = sink_.write(out);
    CO_TRY(co_await std::move(writing));
  }
  out.clear();
  co_return Status{};
}

// What was held back until the provider's end.
Status StreamRelay::release(std::string& out) {
  events_.clear();
  refused_ = !guard_->finish(events_);
  check_markers(true);
  for (const StreamEvent& each : events_) TRY(sum_.add(each));
  call_.writer->append_events(out, events_);
  return {};
}

runtime::Task<Status> StreamRelay::run(wire::ClientResponse& upstream) {
  upstream.manual_progress(true);
  StreamFraming framing(attempt_.adapter->framing());
  sse::Event event;
  std::string out;
  Status outcome;
  while (outcome && !terminal_ && !refused_) {
    auto reading = upstream.read();
    auto bytes = co_await std::move(reading);
    if (!bytes) {
      outcome = fail(std::move(bytes.error()));
      break;
    }
    Result<bool> more = false;
    if (bytes->empty()) {
      while (outcome && !refused_ && (more = framing.finish(event)) && *more)
        outcome = take_unterminated(event, out);
    } else {
      framing.feed(*bytes);
      while (outcome && !terminal_ && !refused_ && (more = framing.next(event)) && *more)
        outcome = take(event, out);
      if (framing.progressed()) upstream.progress();
    }
    if (!more && outcome) outcome = fail(std::move(more.error()));
    const bool ends = terminal_ || (bytes->empty() && decoder_->complete());
    if (guard_ != nullptr && outcome && ends && !refused_) outcome = release(out);
    auto delivering = deliver(out);
    if (Status sent = co_await std::move(delivering); !sent) outcome = std::move(sent);
    if (outcome && bytes->empty() && !terminal_ && !refused_) {
      if (!decoder_->complete()) outcome = broken_off();
      break;
    }
  }
  attempt_.response = std::move(sum_.response());
  attempt_.delivered = outcome.has_value();
  auto settling = sink_.quiet();
  co_await std::move(settling);
  co_return outcome;
}

std::vector<StreamEvent> events_of(const ChatResponse& response) {
  std::vector<StreamEvent> events;
  events.emplace_back(StreamStart{response.id, response.model, response.created});
  for (const Choice& choice : response.choices) {
    std::string_view reasoning = choice.reasoning;
    for (const ThinkingPart& block : choice.thinking) {
      // What the accumulator would have signed: the reasoning since the last block.
      if (!block.text.empty() && reasoning.starts_with(block.text)) {
        events.emplace_back(ReasoningDelta{choice.index, reasoning.substr(0, block.text.size())});
        reasoning.remove_prefix(block.text.size());
      }
      events.emplace_back(ThinkingSigned{choice.index, block.signature, block.redacted_data});
    }
    if (!reasoning.empty()) events.emplace_back(ReasoningDelta{choice.index, reasoning});
    if (!choice.content.empty()) events.emplace_back(TextDelta{choice.index, choice.content});
    for (const Citation& citation : choice.citations)
      events.emplace_back(CitationDelta{choice.index, citation});
    if (!choice.refusal.empty()) events.emplace_back(RefusalDelta{choice.index, choice.refusal});
    std::int64_t number = 0;
    for (const ToolCall& tool : choice.tool_calls) {
      events.emplace_back(ToolCallDelta{choice.index, number++, tool.id, tool.name, tool.arguments,
                                        tool.signature});
    }
    events.emplace_back(StreamFinish{choice.index, choice.finish, choice.provider_finish});
  }
  if (response.usage) events.emplace_back(StreamUsage{*response.usage, response.service_tier});
  return events;
}

runtime::Task<Status> stream_whole(Call& call, Attempt& attempt) {
  attempt.raw_body.clear();
  std::string out;
  call.writer = call.surface->stream_writer(call);
  std::vector<StreamEvent> events = events_of(attempt.response);
  std::optional<StreamGuard> guard;  // what it lets pass lives as long as it
  if (StreamGuard::needed(call) && !guard.emplace(call).filter(events)) events.clear();
  call.writer->append_events(out, events);
  if (call.held_back) {
    attempt.held_bytes = std::move(out);
    co_return Status{};
  }
  StreamSink sink(call);
  auto writing = sink.write(out);
  const Status written = co_await std::move(writing);
  auto quiet = sink.quiet();
  co_await std::move(quiet);
  co_return written;
}

}  // namespace maester::gateway
