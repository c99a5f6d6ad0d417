// What the OpenAPI document says of a route beyond the table: its query, its body and what it
// answers when all is well. Descriptive: the handlers check. The conformance test (T24) sends what
// is said here, and refuses a route that says nothing.
#pragma once

#include <string_view>

#include "api/route.h"

namespace maester::api {

struct Operation {
  std::string_view method{}, pattern{};
  int success = 200;
  std::string_view query{};    // names, separated by spaces; "limit" is a number
  std::string_view body{};     // JSON schema of the request's body, "" for none
  std::string_view example{};  // a body that is accepted; {} in the schema's absence
};

// Null when the route is not described.
const Operation* operation_of(const Route& route);

}  // namespace maester::api
