// Lists as OpenAI pages them: `after` is the id of the last one seen.
#pragma once

#include <string>
#include <string_view>

#include "api/route.h"
#include "codec/json_writer.h"

namespace maester::api {

struct OpenaiPage {
  std::string after;
  std::size_t limit = 20;
  bool newest_first = true;
};
// `limit` 1..most. Code::invalid_request names the parameter.
Result<OpenaiPage> read_openai_page(std::string_view query, std::size_t fallback, std::size_t most);

// `write` writes one object.
template <class Objects, class Write>
Answer openai_list(const Objects& objects, bool more, Write write) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("object", "list").key("data").begin_array();
  for (const auto& one : objects) write(w, one);
  w.end_array();
  for (const auto& [name, one] :
       {std::pair{"first_id", objects.empty() ? nullptr : &objects.front()},
        std::pair{"last_id", objects.empty() ? nullptr : &objects.back()}}) {
    w.key(std::string_view(name));
    one == nullptr ? w.null() : w.value(one->id);
  }
  w.field("has_more", more).end_object();
  return answer;
}

}  // namespace maester::api
