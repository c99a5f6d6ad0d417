// The one pipeline that no route can skip: chat completions, Maester's own completions and replays
// all run through it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"
#include "runtime/core.h"

namespace maester::gateway {

class Pipeline {
 public:
  explicit Pipeline(Services services) : services_(services) {}
  const Services& services() const { return services_; }

  // Runs the call to its end. When it succeeds and call.streaming is false, the caller sends
  // surface->write_answer(call); a stream was written to its last byte. When it fails the caller
  // sends the error, unless call.streaming: the stream's error event went out already. Either way
  // everything is settled and durable when this returns. Suspends.
  runtime::Task<Status> run(Call& call) const;

  // After the end of a good answer was sent: makes the shadow that the call's route asks for, if
  // any (shadow.h). The call gives up its request; it is for destruction only.
  void shadow(Call& call) const;

 private:
  runtime::Task<Status> run_stages(Call& call) const;
  runtime::Task<Status> run_shadow_stages(Call& call, const RouteConfig& route) const;
  runtime::Task<void> run_shadow(std::unique_ptr<Call> call, const RouteConfig* route,
                                 Protocol protocol, ShadowCalls::Place place) const;
  Services services_;
};

}  // namespace maester::gateway
