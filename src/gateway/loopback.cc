#include "gateway/loopback.h"

#include <future>

namespace maester::gateway {

LoopbackReply Loopback::send(LoopbackAsk ask) {
  // Shared: it must outlive the end of set_value() on the core's thread.
  const auto promise = std::make_shared<std::promise<LoopbackReply>>();
  auto reply = promise->get_future();
  const auto ticket =
      begin(std::move(ask), [promise](LoopbackReply got) { promise->set_value(std::move(got)); });
  return reply.get();
}

}  // namespace maester::gateway
