// The life of a child: load, close the sandbox, read one request, answer it, end.
#pragma once

#include "base/result.h"
#include "ingest/child_format.h"
#include "ingest/extraction.h"

namespace maester::extract {

// Exit codes that mean something to the parent (ingest/child_talk.cc).
inline constexpr int kSandboxFailed = 70;

struct Child {
  void (*warm)();  // loads whatever reading may need: nothing can be opened later
  Result<ingest::ChildResult> (*read)(const ingest::Source& source);
};

[[noreturn]] void run_child(const Child& child);

}  // namespace maester::extract
