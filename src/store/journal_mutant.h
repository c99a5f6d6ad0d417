// Bugs planted on purpose, for the tests that must catch them ("test the tests"). Production code
// passes Mutant::none.
#pragma once

#include <cstdint>
#include <memory>

#include "store/journal.h"

namespace maester::store {

enum class Mutant : std::uint8_t {
  none,
  skip_sync,            // acknowledges in power mode without fdatasync
  sync_error_ignored,   // goes on after a failed fdatasync
  acknowledge_first,    // publishes the sequence before the record is written
  accept_bad_checksum,  // takes a torn record for a good one at open
  ignore_chain,      // does not compare links: an old tail behind a new record comes back to life
  trust_page_cache,  // takes what it finds at open for synced
  forget_lost_tail,  // never says that the tail may be missing
};

Result<std::unique_ptr<Journal>> open_journal_with_mutant(FileSystem& files, JournalConfig config,
                                                          Mutant mutant);

}  // namespace maester::store
