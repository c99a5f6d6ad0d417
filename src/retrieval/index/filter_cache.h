// The sets that the newest different filters gave, of one view of a segment: the same askers come
// again.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retrieval/bitmap.h"

namespace maester::retrieval {

// Thread-safe.
class FilterCache {
 public:
  static constexpr std::size_t kKept = 16;  // an eighth of a byte for each chunk and set

  std::shared_ptr<const Bitmap> find(std::string_view key) {
    const std::scoped_lock lock(mutex_);
    const auto at =
        std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) { return one.first == key; });
    if (at == kept_.end()) return nullptr;
    std::rotate(kept_.begin(), at, at + 1);  // the newest in front
    return kept_.front().second;
  }
  void keep(std::string key, std::shared_ptr<const Bitmap> set) {
    const std::scoped_lock lock(mutex_);
    if (kept_.size() == kKept) kept_.pop_back();
    kept_.emplace(kept_.begin(), std::move(key), std::move(set));
  }

 private:
  using Kept = std::pair<std::string, std::shared_ptr<const Bitmap>>;
  std::mutex mutex_;
  std::vector<Kept> kept_;
};

}  // namespace maester::retrieval
