#include "store/journal_stage.h"

namespace maester::store {
namespace {

// Goes on when the turn's end has written the record.
class WhenWritten final : public StagedAppend, private runtime::ReadyNode {
 public:
  explicit WhenWritten(runtime::Core& core) : core_(core) {}
  void written(const Status& outcome) override {
    outcome_ = outcome;
    told_ = true;
    if (coroutine_) core_.make_ready(*this);
  }
  bool await_ready() const noexcept { return told_; }
  void await_suspend(std::coroutine_handle<> self) { coroutine_ = self; }
  Status await_resume() { return std::move(outcome_); }

 private:
  runtime::Core& core_;
  bool told_ = false;
  Status outcome_;
};

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
  WhenWritten writing(*runtime::Core::current());
  CO_TRY_ASSIGN(const Journal::Appended done,
                JournalStage::of(journal).stage(lane, kind, payload, writing));
  CO_TRY(co_await writing);
  if (where != nullptr) *where = done.location;
  if (journal.durability() == Durability::process) co_return Status();
  WhenDurable wait{journal, lane, done.sequence, {}};
  co_return co_await wait;
}

}  // namespace maester::store
