// The answers that most management routes give: one object, a whole list, a page of one, a
// deletion; and `answer_in`, a route whose whole work blocks.
#pragma once

#include <string_view>
#include <utility>

#include "api/route.h"
#include "codec/json_writer.h"
#include "runtime/worker_pool.h"

namespace maester::api {

// `write(writer, object)` writes one object.
template <class Object, class Write>
Answer object_answer(const Object& object, Write write, int status = 200) {
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  write(w, object);
  return answer;
}

// {data, next_cursor}. An empty `next_cursor` says that there is no more.
template <class Objects, class Write>
Answer list_answer(const Objects& objects, Write write, std::string_view next_cursor = {}) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const auto& one : objects) write(w, one);
  w.end_array().key("next_cursor");
  next_cursor.empty() ? w.null() : w.value(next_cursor);
  w.end_object();
  return answer;
}

// {FIELD: id, deleted: true}
inline Answer deleted_answer(std::string_view field, std::string_view id) {
  Answer answer;
  json::Writer(answer.body).begin_object().field(field, id).field("deleted", true).end_object();
  return answer;
}

// Runs `work`, which gives a Result<Answer>, in the pool. Suspends. What the work refers to
// outlives the handler: its Context does.
template <class Work>
runtime::Task<Result<Answer>> answer_in(runtime::WorkerPool& pool, Work work) {
  auto running = pool.run(std::move(work));
  co_return co_await std::move(running);
}

}  // namespace maester::api
