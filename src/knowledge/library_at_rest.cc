#include "knowledge/library_place.h"

namespace maester::knowledge {

// Whoever changes a collection holds the lock of that one and waits for no other, so taking all of
// them, in whatever order, cannot end in a circle. A collection that is made meanwhile is empty.
// An erased tenant's collections are waited for on the thread that writes control.db, so nothing
// that `begin` or `show` does may wait for that thread: a backup goes there when this has returned.
Status Library::at_rest(const std::function<Status()>& begin, const Show& show) {
  std::vector<std::shared_ptr<Place>> places;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [tenant, names] : tenants_) {
      for (const auto& [name, place] : names) places.push_back(place);
    }
  }
  std::vector<std::unique_lock<std::mutex>> locks;
  for (const auto& place : places) locks.emplace_back(place->writes);
  TRY(begin());
  for (const auto& place : places) {
    if (place->dropped) continue;
    const std::string& id = place->opened->collection.id;
    for (const auto& [number, version] : place->versions)
      TRY(show(id + "/" + version->name(), *version->index->snapshot()));
  }
  return {};
}

}  // namespace maester::knowledge
