// From a request's head to its route: matching, the guards of development mode, authorisation, and
// the shape of errors.
#pragma once

#include "api/route.h"

namespace maester::api {

// The server's handler. `deps` must outlive it.
wire::Handler make_handler(const Dependencies& deps);

// A member that an error carries beside the common ones.
struct ErrorDetail {
  std::string_view name;  // "" = none
  std::string json;
};
// An error in the route's shape, with its status and what else its code calls for (retry-after,
// x-should-retry).
Answer error_answer(const Error& error, ErrorStyle style, std::string_view request_id,
                    const ErrorDetail& detail = {});

// For refusals that no route saw (bad framing): OpenAI's shape, which has the most readers.
std::string wire_error_body(int status, std::string_view code, std::string_view message);

}  // namespace maester::api
