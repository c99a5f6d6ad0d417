// Keeping the process's memory, which holds secrets, out of core files and out of other processes.
#pragma once

namespace maester::app {

// No core file, and no reading of this process's memory by others of its user. MAESTER_DUMPABLE=1
// allows the latter, for profilers and debuggers.
void guard_memory();

}  // namespace maester::app
