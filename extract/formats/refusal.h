// Why a document is refused: an Error whose `param` is the machine-readable reason.
#pragma once

#include <string>

#include "base/result.h"
#include "ingest/child_format.h"

namespace maester::extract {

inline std::unexpected<Error> corrupt(std::string message) {
  return fail(ingest::failure("corrupt", std::move(message)));
}
inline std::unexpected<Error> bomb(std::string message) {
  return fail(ingest::failure("bomb", std::move(message)));
}
inline std::unexpected<Error> nesting(std::string message) {
  return fail(ingest::failure("nesting", std::move(message)));
}
inline std::unexpected<Error> unsupported(std::string message) {
  return fail(ingest::failure("unsupported", std::move(message)));
}
inline std::unexpected<Error> encrypted(std::string message) {
  return fail(ingest::failure("encrypted", std::move(message)));
}
inline std::unexpected<Error> too_large(std::string message) {
  return fail(ingest::failure("too_large", std::move(message)));
}

}  // namespace maester::extract
