// Records of a journal that are written together: what append_durably() is made of.
#pragma once

#include "store/journal.h"

namespace maester::store {

// Who waits for a staged record.
class StagedAppend {
 public:
  virtual void written(const Status& outcome) = 0;

 protected:
  ~StagedAppend() = default;
};

// Every Journal is one.
class JournalStage : public Journal {
 public:
  static JournalStage& of(Journal& journal) { return static_cast<JournalStage&>(journal); }

  // Like append(), but written together with what else is staged on the lane, by one write: flush()
  // does it, which a core calls at the end of its turn (elsewhere the caller does). `waiter` is
  // told the outcome once, on the lane's thread and not before stage() returned, unless that
  // failed; it must live until then. A failed write takes all that was staged with it. REQUIRES: as
  // append().
  virtual Result<Appended> stage(std::uint32_t lane, RecordKind kind, std::string_view payload,
                                 StagedAppend& waiter) = 0;
  virtual Status flush(std::uint32_t lane) = 0;
};

}  // namespace maester::store
