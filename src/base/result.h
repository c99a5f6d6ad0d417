// Result<T>: a value or an Error. Exceptions stay at start-up and at third-party borders.
//
//   TRY(do_it());                          returns the error of a Result<void> to the caller
//   TRY_ASSIGN(auto value, compute());     declares value or returns the error
//   CO_TRY / CO_TRY_ASSIGN                 the same inside a coroutine; the operand may be
//   `co_await op`
#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace maester {

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}
inline std::unexpected<Error> fail(Code code, std::string message, std::string param = {},
                                   std::string detail = {}) {
  return std::unexpected(make_error(code, std::move(message), std::move(param), std::move(detail)));
}

}  // namespace maester

#define MAESTER_CONCAT_(a, b) a##b
#define MAESTER_CONCAT(a, b) MAESTER_CONCAT_(a, b)
#define MAESTER_TRY_(ret, tmp, expr)                       \
  do {                                                     \
    auto tmp = (expr);                                     \
    if (!tmp) ret ::maester::fail(std::move(tmp).error()); \
  } while (0)
#define MAESTER_TRY_ASSIGN_(ret, tmp, decl, expr)        \
  auto tmp = (expr);                                     \
  if (!tmp) ret ::maester::fail(std::move(tmp).error()); \
  decl = std::move(*tmp)

#define TRY(expr) MAESTER_TRY_(return, MAESTER_CONCAT(try_, __LINE__), expr)
#define TRY_ASSIGN(decl, expr) \
  MAESTER_TRY_ASSIGN_(return, MAESTER_CONCAT(try_, __LINE__), decl, expr)
#define CO_TRY(expr) MAESTER_TRY_(co_return, MAESTER_CONCAT(try_, __LINE__), expr)
#define CO_TRY_ASSIGN(decl, expr) \
  MAESTER_TRY_ASSIGN_(co_return, MAESTER_CONCAT(try_, __LINE__), decl, expr)
