// A collection's place in the library. For library*.cc only.
#pragma once

#include <map>
#include <mutex>

#include "knowledge/library.h"

namespace maester::knowledge {

struct Library::Place {
  std::mutex writes;  // taken by whatever changes the collection or its indexes
  OpenedPtr opened;   // guarded by the library's mutex
  std::map<std::int64_t, OpenVersionPtr> versions;  // guarded by `writes`
  bool dropped = false;                             // guarded by `writes`
  std::string unavailable;  // why it could not be opened at start; "" = it is served

  // Code::overloaded, with the reason, when it is unavailable.
  Status served(std::string_view name) const {
    if (unavailable.empty()) return {};
    return fail(Code::overloaded,
                "Collection `" + std::string(name) + "` is unavailable: " + unavailable +
                    " Restore a backup, or delete the collection and send its documents again.",
                "collection");
  }
};

// What every name that the tenant has no collection of is told.
inline std::unexpected<Error> unknown(std::string_view name) {
  return fail(Code::not_found, "There is no collection `" + std::string(name) + "`.", "collection");
}

}  // namespace maester::knowledge
