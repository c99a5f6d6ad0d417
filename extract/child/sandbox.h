// What a process that reads hostile documents takes from itself before the first byte of one
// (RULES.md §14). Each layer holds when the others are missing; the seccomp filter is the one that
// must be there.
//
//   limits    1 GiB of address space, 30 s of processor, no file, no process, no core, 8
//   descriptors identity  root becomes nobody, without groups; no_new_privs; not dumpable places
//   Landlock: no file at all, where the kernel has it; an empty network namespace, where
//             it may be made
//   calls     an allow-list: read from 0, write to 1 and 2, memory that is not executable, time,
//             exit. Everything else kills the process.
//
// Under AddressSanitizer there is no limit of address space (its shadow is 16 TiB); all else holds.
#pragma once

namespace maester::extract {

inline constexpr unsigned kProcessorSeconds = 30;  // T33

// Cannot be undone. False when the process could not be made safe: it must end without reading
// anything. REQUIRES: all that has to be loaded is loaded; one thread.
bool enter_sandbox(unsigned processor_seconds = kProcessorSeconds);

}  // namespace maester::extract
