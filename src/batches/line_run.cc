#include "batches/line_run.h"

#include <algorithm>
#include <thread>

#include "batches/output.h"
#include "codec/json_writer.h"

namespace maester::batches {
namespace {

constexpr std::size_t kGroupLines = 64;
constexpr std::size_t kGroupBytes = 4u << 20;
constexpr milliseconds kGroupTime{500};
constexpr milliseconds kLook{500};         // how often the batch's own state is looked at
constexpr milliseconds kLastWord{30'000};  // what is under way when the batch ends has so long
constexpr int kMaxBroken = 3;              // asks that a fault on the way may cost

Error stopped() {
  return make_error(Code::cancelled, "The process stops, or the job was cancelled.");
}

// The body with the tier that the batch's model grants, unless it says its own.
std::string with_tier(std::string_view body, const std::string& tier) {
  if (tier.empty()) return std::string(body);
  const auto document = json::Document::parse(body);
  if (!document || !document->root().is_object() || document->root().get("service_tier").exists())
    return std::string(body);
  json::Edit edit(*document);
  std::string value;
  json::Writer(value).value(tier);
  edit.add_member(document->root(), "service_tier", value);
  return edit.apply();
}

}  // namespace

LineRun::LineRun(jobs::Run& run, const Batch& batch, BatchStore& batches,
                 gateway::Loopback& loopback, const Clock& clock, BatchRules rules)
    : run_(run),
      batch_(batch),
      batches_(batches),
      clock_(clock),
      rules_(std::move(rules)),
      asker_(loopback, clock, rules_.concurrency) {}

Status LineRun::load() {
  return batches_.for_each_line(batch_, [&](const LineResult& line) {
    const auto at = static_cast<std::size_t>(line.line);
    if (line.outcome == LineResult::Outcome::again) {
      attempts_[line.line] = line.attempt;
      return;
    }
    if (done_.size() <= at) done_.resize(at + 1);
    done_[at] = true;
    ++over_count_;
  });
}

bool LineRun::is_done(std::int64_t number) const {
  const auto at = static_cast<std::size_t>(number);
  return at < done_.size() && done_[at];
}

Status LineRun::run(Pieces pieces) {
  TRY(load());
  LineReader input(std::move(pieces), rules_.max_line);
  for (;;) {
    if (run_.stopped() || stopping_) return stop();
    if (const auto told = run_.progress(over_count_, batch_.total); !told) continue;
    TRY_ASSIGN(const bool at_end, over());
    if (at_end) return wind_up();
    TRY(fill(input));
    if (input_ended_ && waiting_.empty() && asker_.under_way() == 0) return flush();
    for (const Asker::Answer& answer : asker_.wait(patience())) take(answer);
    TRY(flush_when_due());
  }
}

// Whether the batch is cancelled, or its window over.
Result<bool> LineRun::over() {
  if (clock_.wall() >= batch_.expires_at) return true;
  if (looked_at_ != MonoTime{} && clock_.mono() - looked_at_ < kLook) return false;
  looked_at_ = clock_.mono();
  TRY_ASSIGN(const Batch now, batches_.find(batch_.tenant, batch_.id));
  return now.status != BatchStatus::in_progress;
}

Status LineRun::fill(LineReader& input) {
  while (asker_.has_room()) {
    if (!waiting_.empty() && waiting_.begin()->first <= clock_.mono()) {
      TRY(flush());  // that it is asked again is durable before it is
      auto next = waiting_.extract(waiting_.begin());
      ask(next.mapped().number, std::move(next.mapped().line));
      continue;
    }
    // Bounded: no further line while as many wait as may be under way.
    if (input_ended_ || waiting_.size() >= rules_.concurrency) return {};
    TRY_ASSIGN(const bool asked, next_line(input));
    if (!asked) input_ended_ = true;
  }
  return {};
}

Result<bool> LineRun::next_line(LineReader& input) {
  for (std::string_view text;;) {
    TRY_ASSIGN(const bool more, input.next(text));
    if (!more) return false;
    if (is_done(input.number())) continue;
    auto request = read_request(text, batch_.endpoint);
    if (!request) return fail(Code::corrupt, request.error().message);  // it was judged before
    Line line;
    line.custom_id = request->custom_id;
    line.model = request->model;
    line.body = with_tier(request->body.raw(), rules_.grant(line.model).service_tier);
    if (const auto known = attempts_.find(input.number()); known != attempts_.end())
      line.attempt = known->second;
    ask(input.number(), std::move(line));
    return true;
  }
}

void LineRun::ask(std::int64_t number, Line line) {
  gateway::LoopbackAsk ask;
  ask.path = batch_.endpoint;
  ask.body = line.body;
  ask.tenant = batch_.tenant;
  ask.key_id = batch_.key_id;
  ask.priority = gateway::Priority::batch;
  ask.idempotency_key =
      batch_.id + "/" + std::to_string(number) + "/" + std::to_string(line.attempt);
  ask.purpose = "batch";
  ask.batch_price = rules_.grant(line.model).batch_price;
  asker_.ask(number, std::move(ask));
  under_way_.insert_or_assign(number, std::move(line));
}

void LineRun::take(const Asker::Answer& answer) {
  auto found = under_way_.extract(answer.line);
  if (found.empty()) return;
  Line line = std::move(found.mapped());
  if (answer.reply.cost) progress_.cost = progress_.cost + *answer.reply.cost;
  const Verdict verdict = verdict_of(answer.reply);
  if (verdict == Verdict::stopping) {
    stopping_ = true;
    return;
  }
  // One that ended because the batch does is not told as if it had failed by itself.
  if (winding_up_ && verdict != Verdict::answered) return;
  switch (verdict) {
    case Verdict::busy:
      return ask_again(answer.line, std::move(line),
                       answer.reply.retry_after.value_or(milliseconds{1'000}));
    case Verdict::in_progress:
      waiting_.emplace(clock_.mono() + milliseconds{1'000}, Waiting{answer.line, std::move(line)});
      return;
    case Verdict::broken:
      if (++line.broken < kMaxBroken) {
        const milliseconds pause{1'000 * line.broken * line.broken};
        return ask_again(answer.line, std::move(line), pause);
      }
      break;
    case Verdict::unknown:
      return keep(answer.line, LineResult::Outcome::failed,
                  unanswered_line(batch_, answer.line, line.custom_id, "outcome_unknown",
                                  "Maester was interrupted while this request was under way: the "
                                  "provider may have answered and charged it. It is not asked "
                                  "again."));
    default:
      break;
  }
  TokenSums tokens;
  std::string text = answered_line(batch_, answer.line, line.custom_id, answer.reply, tokens);
  progress_.tokens.input += tokens.input;
  progress_.tokens.cached += tokens.cached;
  progress_.tokens.output += tokens.output;
  progress_.tokens.reasoning += tokens.reasoning;
  keep(answer.line,
       verdict == Verdict::answered ? LineResult::Outcome::answered : LineResult::Outcome::failed,
       std::move(text));
}

void LineRun::keep(std::int64_t number, LineResult::Outcome outcome, std::string text) {
  if (progress_.lines.empty()) progress_since_ = clock_.mono();
  progress_bytes_ += text.size();
  progress_.lines.push_back(
      {.line = number, .outcome = outcome, .attempt = 0, .text = std::move(text)});
  ++over_count_;
}

void LineRun::ask_again(std::int64_t number, Line line, milliseconds pause) {
  ++line.attempt;
  if (progress_.lines.empty()) progress_since_ = clock_.mono();
  progress_.lines.push_back(
      {.line = number, .outcome = LineResult::Outcome::again, .attempt = line.attempt, .text = {}});
  waiting_.emplace(clock_.mono() + pause, Waiting{number, std::move(line)});
}

Status LineRun::flush() {
  if (progress_.lines.empty()) return {};
  TRY(batches_.commit(batch_, progress_, [this](store::Database& db) { return run_.get_on(db); }));
  progress_ = Progress{};
  progress_bytes_ = 0;
  return {};
}

Status LineRun::flush_when_due() {
  const bool due = progress_.lines.size() >= kGroupLines || progress_bytes_ >= kGroupBytes ||
                   (!progress_.lines.empty() && clock_.mono() - progress_since_ >= kGroupTime);
  return due ? flush() : Status{};
}

milliseconds LineRun::patience() const {
  milliseconds out{100};
  if (!waiting_.empty()) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(waiting_.begin()->first - clock_.mono());
    out = std::clamp(left, milliseconds{1}, out);
  }
  return out;
}

// Of a stop of the process: the loopback ends what is under way, well or not, and nothing further
// begins. Of a lease that was lost the commit fails, and nothing is waited for.
Status LineRun::stop() {
  TRY(flush());
  while (asker_.under_way() > 0) {
    for (const Asker::Answer& answer : asker_.wait(milliseconds{200})) take(answer);
    TRY(flush_when_due());
  }
  TRY(flush());
  // The answers told of the stop before the workers did.
  while (!run_.stopped()) std::this_thread::sleep_for(milliseconds{20});
  return fail(stopped());
}

Status LineRun::wind_up() {
  winding_up_ = true;
  TRY(flush());
  const MonoTime until = clock_.mono() + kLastWord;
  while (asker_.under_way() > 0 && clock_.mono() < until && !run_.stopped()) {
    if (const auto told = run_.progress(over_count_, batch_.total); !told) break;
    for (const Asker::Answer& answer : asker_.wait(milliseconds{100})) take(answer);
    TRY(flush_when_due());
  }
  TRY(flush());
  if (run_.stopped()) return fail(stopped());
  return {};
}

}  // namespace maester::batches
