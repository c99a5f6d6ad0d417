// What graders said in earlier runs, in the data directory (docs/formats/grades.md).
#pragma once

#include <memory>
#include <string>

#include "access/vault.h"
#include "base/clock.h"
#include "evals/graders.h"

namespace maester::app {

// Blocking SQL; thread-safe. The vault and the clock must outlive it.
Result<std::unique_ptr<evals::GradeCache>> open_grades(const std::string& file,
                                                       access::Vault& vault, const Clock& clock);

}  // namespace maester::app
