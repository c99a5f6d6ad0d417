#include "runtime/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace maester::runtime {
namespace {

void make_empty(TimerLink& list) {
  list.next = list.previous = &list;
}
bool is_empty(const TimerLink& list) {
  return list.next == &list;
}

void append(TimerLink& list, TimerLink& link) {
  link.previous = list.previous;
  link.next = &list;
  list.previous->next = &link;
  list.previous = &link;
}

void unlink(TimerLink& link) {
  link.previous->next = link.next;
  link.next->previous = link.previous;
}

}  // namespace

Timer::~Timer() {
  if (wheel_ != nullptr) wheel_->remove(*this);
}

TimerWheel::TimerWheel(MonoTime now) : origin_(now) {
  for (TimerLink& slot : slots_) make_empty(slot);
}

TimerWheel::~TimerWheel() {
  for (TimerLink& slot : slots_) {
    while (!is_empty(slot)) remove(static_cast<Timer&>(*slot.next));
  }
}

void TimerWheel::add(Timer& timer, MonoTime when) {
  const nanoseconds ahead = std::max(when - origin_, nanoseconds{0});
  // Rounded up: never early. Not into the tick that is being served: it would be missed for a turn.
  const std::int64_t tick = ahead / kTick + (ahead % kTick != nanoseconds{0} ? 1 : 0);
  timer.tick_ = std::max(tick, now_ + 1);
  timer.wheel_ = this;
  const std::size_t slot = slot_of(timer.tick_);
  append(slots_[slot], timer);
  used_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  ++count_;
}

void TimerWheel::remove(Timer& timer) {
  unlink(timer);
  timer.wheel_ = nullptr;
  --count_;
}

void TimerWheel::advance(MonoTime now) {
  const std::int64_t target = std::max<std::int64_t>((now - origin_) / kTick, now_);
  const std::int64_t from = std::max(now_, target - kSlots);  // a full turn visits every slot once
  for (std::int64_t tick = from + 1; tick <= target && count_ > 0; ++tick) {
    now_ = tick;
    const std::size_t slot = slot_of(tick);
    if ((used_[slot / 64] >> (slot % 64) & 1) != 0) fire(slots_[slot], target);
  }
  now_ = target;
}

void TimerWheel::fire(TimerLink& slot, std::int64_t until) {
  TimerLink due;
  make_empty(due);
  for (TimerLink* link = slot.next; link != &slot;) {
    TimerLink* next = link->next;
    if (static_cast<Timer*>(link)->tick_ <= until) {
      unlink(*link);
      append(due, *link);
    }
    link = next;
  }
  while (!is_empty(due)) {
    Timer& timer = static_cast<Timer&>(*due.next);
    remove(timer);
    timer.on_timer();
  }
}

std::optional<MonoTime> TimerWheel::next() {
  if (count_ == 0) return std::nullopt;
  for (std::int64_t tick = now_ + 1; tick <= now_ + kSlots;) {
    const std::size_t slot = slot_of(tick);
    const std::uint64_t rest = used_[slot / 64] >> (slot % 64);
    if (rest == 0) {
      tick += 64 - static_cast<std::int64_t>(slot % 64);
      continue;
    }
    tick += std::countr_zero(rest);
    const std::size_t found = slot_of(tick);
    if (!is_empty(slots_[found])) return origin_ + tick * kTick;
    used_[found / 64] &= ~(std::uint64_t{1} << (found % 64));
  }
  return origin_ + (now_ + kSlots) * kTick;
}

}  // namespace maester::runtime
