#include "batches/asker.h"

#include <algorithm>

#include "batches/output.h"

namespace maester::batches {
namespace {

constexpr double kDecrease = 0.7;
constexpr milliseconds kShortestPause{200};
constexpr milliseconds kLongestPause{60'000};

}  // namespace

Asker::~Asker() {
  for (const auto& [line, under_way] : tickets_) under_way.ticket->cancel();
  while (!tickets_.empty()) (void)wait(milliseconds{1'000});
}

bool Asker::has_room() const {
  return tickets_.size() < window() && clock_.mono() >= paused_until_;
}

void Asker::ask(std::int64_t line, gateway::LoopbackAsk ask) {
  auto ticket = loopback_.begin(std::move(ask), [mail = mail_, line](gateway::LoopbackReply reply) {
    const std::lock_guard lock(mail->mutex);
    mail->answers.push_back({line, std::move(reply)});
    mail->came.notify_one();
  });
  tickets_.insert_or_assign(line, UnderWay{std::move(ticket), era_});
}

std::vector<Asker::Answer> Asker::wait(milliseconds patience) {
  std::vector<Answer> out;
  {
    std::unique_lock lock(mail_->mutex);
    mail_->came.wait_for(lock, patience, [&] { return !mail_->answers.empty(); });
    out.swap(mail_->answers);
  }
  for (const Answer& one : out) {
    const auto found = tickets_.find(one.line);
    if (found == tickets_.end()) continue;
    learn(one.reply, found->second.era);
    tickets_.erase(found);
  }
  return out;
}

void Asker::learn(const gateway::LoopbackReply& reply, std::uint64_t era) {
  const Verdict verdict = verdict_of(reply);
  if (verdict == Verdict::answered) {
    window_ = std::min(static_cast<double>(most_), window_ + 1.0 / window_);
  } else if (verdict == Verdict::busy) {
    const milliseconds pause =
        std::clamp(reply.retry_after.value_or(kShortestPause), kShortestPause, kLongestPause);
    paused_until_ = std::max(paused_until_, clock_.mono() + pause);
    if (era != era_) return;  // it was asked before the last decrease
    window_ = std::max(1.0, window_ * kDecrease);
    ++era_;
  }
}

Verdict verdict_of(const gateway::LoopbackReply& reply) {
  if (reply.ok()) return Verdict::answered;
  if (reply.stopping) return Verdict::stopping;
  switch (reply.status) {
    case 429:  // a provider's empty purse has this status too, and does not fill by waiting
      return error_code_of(reply.body) == "insufficient_quota" ? Verdict::failed : Verdict::busy;
    case 503:
      return Verdict::busy;
    case 500:
    case 502:
    case 504:
      return Verdict::broken;
    case 409: {
      const std::string code = error_code_of(reply.body);
      if (code == "outcome_unknown") return Verdict::unknown;
      return code == "conflict" ? Verdict::in_progress : Verdict::failed;
    }
    default:
      return Verdict::failed;
  }
}

}  // namespace maester::batches
