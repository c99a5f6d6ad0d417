// Told of every request that ended, by the projection: what must not miss any (human review of what
// was escalated, sampling for evaluation) hangs here and not on the request's path.
#pragma once

#include "base/result.h"
#include "meter/records.h"

namespace maester::meter {

// On the projection's thread.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  // The final settlement of a request, with its receipt. Cheap: thousands come in a batch.
  virtual void ended(const Settlement& settlement) = 0;
  // What was seen since the last call becomes durable, or the batch fails and is read again. Called
  // before the batch's own commit: an end can be told again after a crash, and when usage.db is
  // made anew. The request's id tells.
  virtual Status keep() = 0;
};

}  // namespace maester::meter
