// A copy of a journal up to a stated position, taken beside its appends.
#pragma once

#include <string>

#include "store/journal.h"

namespace maester::store {

// Makes the directory `to` a journal that ends, cleanly, with the records of `until`: what was
// appended since is not in it. Segments that are full are linked, a lane's last one is copied as
// far as it counts. `from`: the journal's directory. REQUIRES: `until` was answered by
// `journal.written()`; `to` is empty. Blocking; not synced.
Status copy_journal(FileSystem& files, Journal& journal, const std::string& from,
                    const Positions& until, const std::string& to);

}  // namespace maester::store
