// A small blocking HTTP client for the command line: one request at a time to one server.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace maester::app {

struct ApiReply {
  int status = 0;
  std::string body;
};

// The seam between the commands and a server.
class Api {
 public:
  virtual ~Api() = default;
  // `path` begins with "/" and may have a query; a body goes as `content_type`. Answers what the
  // server said, whatever the status. Fails with Code::upstream_error, no_target or
  // deadline_exceeded when there was no whole answer. Blocking.
  virtual Result<ApiReply> call(std::string_view method, const std::string& path, std::string body,
                                std::string_view content_type) = 0;
  // A GET whose answer, when it is a 2xx, goes to a file as it comes; its `body` is "" then.
  // Code::io_error when the file cannot be written.
  virtual Result<ApiReply> download(const std::string& path, const std::string& file);
};

// Over wire's HTTP client on a core of its own. `url` is MAESTER_URL (with a path, if the server is
// mounted below one); it may be on this machine or in a private network: it is the caller's own.
// `key` may be "". Fails with Code::invalid_request for a malformed URL. A whole answer may take 10
// minutes.
Result<std::unique_ptr<Api>> connect_api(const std::string& url, const std::string& key);

}  // namespace maester::app
