// A collection in the library: its lock and its open versions. Private to the library's files.
#pragma once

#include "knowledge/library.h"

namespace maester::knowledge {

struct Library::Place {
  std::mutex writes;  // taken by whatever changes the collection or its indexes
  OpenedPtr opened;   // guarded by the library's mutex
  std::map<std::int64_t, OpenVersionPtr> versions;  // guarded by `writes`
  bool dropped = false;                             // guarded by `writes`
};

}  // namespace maester::knowledge
