#include "gateway/providers/common/event_document.h"

#include <utility>

#include "gateway/providers/common/surrogates.h"

namespace maester::gateway::providers {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Result<json::Value> EventDocument::parse(std::string_view data) {
  // Only half a pair makes well-formed providers' JSON fail: the common event is read once, unseen
  // by the mender.
  if (!pending_.empty() || !document_.reparse(data)) {
    mended_ = mend_surrogates(data, pending_);
    if (auto read = document_.reparse(mended_); !read) {
      return fail(Code::upstream_error, "The provider sent a stream event that is not JSON.", {},
                  std::move(read).error().message);
    }
  }
  if (!document_.root().is_object()) {
    return fail(Code::upstream_error, "The provider sent a stream event that is no object.");
  }
  return document_.root();
}

}  // namespace maester::gateway::providers
