// /v1/batches, as OpenAI has it.
#include <algorithm>
#include <array>

#include "api/answers.h"
#include "api/batch_json.h"
#include "api/body.h"
#include "api/file_upload.h"
#include "api/handlers.h"
#include "api/openai_list.h"
#include "batches/batch_store.h"

namespace maester::api {
namespace {

using batches::Batch;

constexpr std::size_t kMaxPairs = 16, kMaxKey = 64, kMaxValue = 512;

Answer batch_answer(const Batch& batch) {
  return object_answer(batch, write_batch);
}

Result<std::string> read_metadata(json::Value metadata) {
  if (metadata.empty()) return std::string();
  if (!metadata.is_object() || metadata.size() > kMaxPairs || metadata.duplicate_key())
    return fail(Code::invalid_request, "`metadata` is an object of 16 pairs at most.", "metadata");
  for (const json::Value one : metadata) {
    if (one.key().size() > kMaxKey || !one.is_string() || one.string_or("").size() > kMaxValue) {
      return fail(Code::invalid_request,
                  "A pair of `metadata` has a key of 64 bytes and a string of 512 at most.",
                  "metadata");
    }
  }
  return std::string(metadata.raw());
}

Result<batches::NewBatch> read_batch(json::Value body) {
  batches::NewBatch out;
  TRY_ASSIGN(out.input_file, body.get("input_file_id").as_string());
  TRY_ASSIGN(out.endpoint, body.get("endpoint").as_string());
  TRY_ASSIGN(const std::string_view window, body.get("completion_window").as_string());
  if (std::ranges::find(batches::kEndpoints, out.endpoint) == batches::kEndpoints.end()) {
    std::string all;
    for (const std::string_view one : batches::kEndpoints)
      all += (all.empty() ? "" : ", ") + std::string(one);
    return fail(Code::invalid_request, "`endpoint` must be one of " + all + ".", "endpoint");
  }
  if (window != batches::kWindowText)
    return fail(Code::invalid_request, "`completion_window` must be \"24h\".", "completion_window");
  TRY_ASSIGN(out.metadata, read_metadata(body.get("metadata")));
  if (const json::Value expiry = body.get("output_expires_after"); !expiry.empty()) {
    TRY_ASSIGN(out.output_expires,
               read_expiry(expiry.get("anchor").string_or(""), expiry.get("seconds").raw(),
                           "output_expires_after"));
  }
  return out;
}

}  // namespace

runtime::Task<Result<Answer>> create_batch(Context& context) {
  static constexpr std::array<std::string_view, 5> kKnown{
      "input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(batches::NewBatch wanted, read_batch(document.root()));
  wanted.key_id = context.principal.key_id;
  auto work = [&]() -> Result<Batch> {
    auto input = context.deps.files.find(context.principal.tenant, wanted.input_file);
    if (!input) {
      input.error().param = "input_file_id";
      return fail(std::move(input.error()));
    }
    if (input->purpose != "batch") {
      return fail(Code::invalid_request,
                  "The file's purpose is `" + input->purpose + "`; upload it with `batch`.",
                  "input_file_id");
    }
    return context.deps.batches.create(context.principal.tenant, wanted);
  };
  auto creating = context.deps.batch_pool.run(work);
  CO_TRY_ASSIGN(const Batch batch, co_await std::move(creating));
  co_return batch_answer(batch);
}

runtime::Task<Result<Answer>> list_batches(Context& context) {
  CO_TRY_ASSIGN(const OpenaiPage asked, read_openai_page(context.request.query(), 20, 100));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const auto page,
               context.deps.batches.list(context.principal.tenant, asked.after, asked.limit));
    return openai_list(page.batches, page.more, write_batch);
  };
  auto running = context.deps.batch_pool.run(work);
  co_return co_await std::move(running);
}

runtime::Task<Result<Answer>> show_batch(Context& context) {
  auto work = [&] {
    return context.deps.batches.find(context.principal.tenant, context.parameters[0]);
  };
  auto running = context.deps.batch_pool.run(work);
  CO_TRY_ASSIGN(const Batch batch, co_await std::move(running));
  co_return batch_answer(batch);
}

runtime::Task<Result<Answer>> cancel_batch(Context& context) {
  auto reading = read_object(context, {});
  CO_TRY(co_await std::move(reading));
  auto work = [&] {
    return context.deps.batches.cancel(context.principal.tenant, context.parameters[0]);
  };
  auto running = context.deps.batch_pool.run(work);
  CO_TRY_ASSIGN(const Batch batch, co_await std::move(running));
  co_return batch_answer(batch);
}

}  // namespace maester::api
