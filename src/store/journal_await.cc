#include "store/journal.h"

namespace maester::store {
namespace {

// Comes back on the core that waits.
struct WhenDurable {
  Journal& journal;
  std::uint32_t lane;
  std::uint64_t sequence;
  Status result;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    runtime::Core* core = runtime::Core::current();
    journal.when_durable(lane, sequence, [this, self, core](Status done) {
      result = std::move(done);
      core->resume(self);
    });
  }
  Status await_resume() { return std::move(result); }
};

}  // namespace

runtime::Task<Status> append_durably(Journal& journal, std::uint32_t lane, RecordKind kind,
                                     std::string_view payload, Location* where) {
  CO_TRY_ASSIGN(const Journal::Appended done, journal.append(lane, kind, payload));
  if (where != nullptr) *where = done.location;
  if (journal.durability() == Durability::process) co_return Status();
  WhenDurable wait{journal, lane, done.sequence, {}};
  co_return co_await wait;
}

}  // namespace maester::store
