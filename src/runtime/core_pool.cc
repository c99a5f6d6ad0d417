#include <string>

#include "base/thread.h"
#include "runtime/core.h"

namespace maester::runtime {

CorePool::CorePool(unsigned count, const Clock& clock, Random& random) {
  for (unsigned i = 0; i < count; ++i) {
    cores_.push_back(std::make_unique<Core>(i, clock, random));
  }
}

CorePool::~CorePool() {
  stop();
}

void CorePool::start() {
  for (const std::unique_ptr<Core>& core : cores_) {
    threads_.emplace_back([&core = *core] {
      name_thread(("core-" + std::to_string(core.index())).c_str());
      core.run();
    });
  }
}

void CorePool::stop() {
  for (std::size_t i = 0; i < threads_.size(); ++i) cores_[i]->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace maester::runtime
