// What the system calls a thread, and how it ranks it.
#pragma once

namespace maester {

// Names the calling thread (at most 15 characters are kept), for ps, top and perf.
void name_thread(const char* name);

// The same for a thread that works behind the requests: where they share a processor, a core's
// thread that becomes ready takes it from this one sooner (nice 5; on Linux each thread has its
// own).
void name_background_thread(const char* name);

}  // namespace maester
