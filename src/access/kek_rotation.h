// Another key-encryption key for a data directory (RULES.md §3). The data keys of the tenants are
// sealed anew under it, in one transaction; what they sealed stays as it is. So nothing is ever
// half rotated: before the transaction the old key opens everything, after it the new one.
//
// With the key in a file: FILE.next is written and synced first, and takes FILE's place afterwards;
// a crash between the two is put right by the next open_vault().
//
// Blocking. REQUIRES: the data directory is locked by this process.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/vault.h"
#include "base/random.h"
#include "base/result.h"
#include "store/sqlite.h"

namespace maester::access {

// Where the KEK is: in the environment when `given` is not empty (64 hex digits), else in `file`.
struct KekSource {
  std::string file;
  std::string given;
};

// The vault of a data directory; finishes a rotation that was cut off.
Result<std::unique_ptr<Vault>> open_vault(store::Database& control, const KekSource& source,
                                          Random& random);

// `next` is the new key (64 hex digits); "" makes one, for a key that is in the file. Answers how
// many data keys were sealed anew. Code::invalid_request when `next` is missing or makes no sense.
Result<std::size_t> rotate_kek(store::Database& control, const KekSource& source,
                               std::string_view next, Random& random);

}  // namespace maester::access
