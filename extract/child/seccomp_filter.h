// The allow-list of system calls: see sandbox.h.
#pragma once

namespace maester::extract {

// False when the kernel refuses it. From then on any other call kills the process (SIGSYS).
bool load_seccomp_filter();

}  // namespace maester::extract
