#include "common/http1.h"
#include "fakeprovider/native.h"

namespace maester::rig {
namespace {

std::string_view google_status(int status) {
  switch (status) {
    case 400:
      return "INVALID_ARGUMENT";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 503:
      return "UNAVAILABLE";
    default:
      return status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
  }
}

std::string_view aws_type(int status) {
  switch (status) {
    case 401:
    case 403:
      return "AccessDeniedException";
    case 404:
      return "ResourceNotFoundException";
    case 429:
      return "ThrottlingException";
    case 503:
      return "ServiceUnavailableException";
    default:
      return status < 500 ? "ValidationException" : "InternalServerException";
  }
}

}  // namespace

std::string native_error_body(Api api, int status, std::string_view message) {
  switch (api) {
    case Api::gemini:
      return "{\"error\":{\"code\":" + std::to_string(status) + ",\"message\":" + quoted(message) +
             ",\"status\":\"" + std::string(google_status(status)) + "\"}}";
    case Api::bedrock:
      return "{\"message\":" + quoted(message) + "}";
    case Api::cohere:
      return "{\"id\":\"fake\",\"message\":" + quoted(message) + "}";
    default:
      return "{\"error\":" + quoted(message) + "}";
  }
}

std::string native_error_event(Api api, std::string_view message) {
  switch (api) {
    case Api::gemini:
      return "data: " + native_error_body(api, 503, message) + "\r\n\r\n";
    case Api::bedrock:
      return aws_frame("exception", "internalServerException",
                       native_error_body(api, 500, message));
    case Api::cohere:
      return "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":"
             "\"ERROR\",\"error\":" +
             quoted(message) + "}}\n\n";
    default:
      return native_error_body(api, 500, message) + "\n";
  }
}

std::string garbage_event(Api api) {
  switch (api) {
    case Api::bedrock:
      return aws_frame("event", "contentBlockDelta", "{\"delta\":{\"te");
    case Api::ollama:
      return "{\"message\":{\"con\n";
    default:
      return "data: {\"choices\":[{\"delta\"\n\n";
  }
}

std::string_view stream_content_type(Api api) {
  if (api == Api::bedrock) return "application/vnd.amazon.eventstream";
  if (api == Api::ollama) return "application/x-ndjson";
  return "text/event-stream; charset=utf-8";
}

std::string error_header(Api api, int status) {
  if (api != Api::bedrock) return {};
  return "x-amzn-errortype: " + std::string(aws_type(status)) +
         ":http://internal.amazon.com/coral/com.amazon.bedrock/\r\n";
}

}  // namespace maester::rig
