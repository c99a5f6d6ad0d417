// The calls that run now, by core: so that those of a key that was revoked, or of a tenant that was
// erased, can be ended. The rule: such a call is stopped at its next wait; what was received is
// settled as interrupted; a stream ends with an error event, any other answer is a 401.
//
// An expired key ends nothing that runs: its end was known when the call began.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "access/principal.h"
#include "base/result.h"
#include "runtime/core.h"
#include "runtime/stop.h"

namespace maester::gateway {

struct Call;

class RunningCalls {
 public:
  explicit RunningCalls(runtime::CorePool& cores) : cores_(cores), heads_(cores.size()) {}

  // A call, while it runs. Stops call.gone's waiters when it is ended from here, too. REQUIRES:
  // made and destroyed on the call's core.
  class Entry {
   public:
    Entry(RunningCalls& running, Call& call);
    ~Entry();
    Entry(const Entry&) = delete;
    // Why it was ended; null while it was not.
    const Error* ended() const { return ended_ ? &*ended_ : nullptr; }

   private:
    friend class RunningCalls;
    Call& call_;
    runtime::StopSource stop_;
    std::optional<Error> ended_;
    Entry** head_;
    Entry* next_;
    Entry* previous_ = nullptr;
  };

  // Thread-safe; each core ends its own within one turn of its loop. `which` is called on all
  // cores.
  using Which = std::function<bool(const access::Principal&)>;
  void end(Which which, Error why);

 private:
  struct alignas(64) Head {
    Entry* first = nullptr;
  };
  runtime::CorePool& cores_;
  std::vector<Head> heads_;
};

}  // namespace maester::gateway
