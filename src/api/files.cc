// /v1/files, as OpenAI has it.
#include <charconv>

#include "api/answers.h"
#include "api/batch_json.h"
#include "api/file_upload.h"
#include "api/handlers.h"
#include "api/openai_list.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using batches::StoredFile;

constexpr std::size_t kForm = 64u << 10;  // of a form beside its file

void write_file(json::Writer& w, const StoredFile& file) {
  w.begin_object().field("id", file.id).field("object", "file").field("bytes", file.bytes);
  w.field("created_at", unix_seconds(file.created_at));
  if (file.expires_at) w.field("expires_at", unix_seconds(*file.expires_at));
  w.field("filename", file.name).field("purpose", file.purpose).field("status", "processed");
  w.field("sha256", file.sha256).end_object();
}

Answer file_answer(const StoredFile& file) {
  return object_answer(file, write_file);
}

// What is left of an upload goes on a worker's thread: it may be a file on disk.
struct Cleaner {
  runtime::WorkerPool& pool;
  std::shared_ptr<FileUpload> upload;
  ~Cleaner() {
    (void)pool.submit([gone = std::move(upload)] {});
  }
};

class FileSource final : public BodySource {
 public:
  FileSource(runtime::WorkerPool& pool, std::unique_ptr<batches::BodyReader> reader)
      : pool_(pool), reader_(std::move(reader)) {}
  runtime::Task<Result<std::string>> next() override {
    auto work = [this] { return reader_->next(); };
    auto reading = pool_.run(work);
    co_return co_await std::move(reading);
  }

 private:
  runtime::WorkerPool& pool_;
  std::unique_ptr<batches::BodyReader> reader_;
};

std::uint64_t announced(const wire::Headers& headers) {
  const std::string_view text = headers.get("content-length");
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

runtime::Task<Result<Answer>> upload_file(Context& context) {
  const wire::Headers& headers = context.request.headers();
  const std::string boundary = multipart::boundary_of(headers.get("content-type"));
  if (boundary.empty()) {
    co_return fail(Code::invalid_request,
                   "Send the file as multipart/form-data with the fields `file` and `purpose`.",
                   "file");
  }
  const auto& config = context.deps.services().snapshots.current()->config();
  const std::uint64_t limit = static_cast<std::uint64_t>(config.batches.max_file_mb) << 20;
  runtime::WorkerPool& pool = context.deps.batch_pool;
  Cleaner cleaner{pool, std::make_shared<FileUpload>(context.deps.files, context.principal.tenant,
                                                     boundary, announced(headers), limit)};
  FileUpload& upload = *cleaner.upload;
  for (;;) {
    auto reading = context.request.read_some(limit + kForm);
    CO_TRY_ASSIGN(const std::string piece, co_await std::move(reading));
    if (piece.empty()) break;
    auto work = [&] { return upload.take(piece); };
    auto taking = pool.run(work);
    CO_TRY(co_await std::move(taking));
  }
  auto work = [&] { return upload.finish(); };
  auto finishing = pool.run(work);
  CO_TRY_ASSIGN(const StoredFile file, co_await std::move(finishing));
  co_return file_answer(file);
}

runtime::Task<Result<Answer>> list_files(Context& context) {
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const OpenaiPage asked, read_openai_page(query, 10'000, 10'000));
  const batches::FileStore::Query wanted{
      .purpose = wire::query_parameter(query, "purpose").value_or(""),
      .after = asked.after,
      .newest_first = asked.newest_first,
      .limit = asked.limit};
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const auto page, context.deps.files.list(context.principal.tenant, wanted));
    return openai_list(page.files, page.more, write_file);
  };
  auto running = context.deps.batch_pool.run(work);
  co_return co_await std::move(running);
}

runtime::Task<Result<Answer>> show_file(Context& context) {
  auto work = [&] {
    return context.deps.files.find(context.principal.tenant, context.parameters[0]);
  };
  auto running = context.deps.batch_pool.run(work);
  CO_TRY_ASSIGN(const StoredFile file, co_await std::move(running));
  co_return file_answer(file);
}

runtime::Task<Result<Answer>> file_content(Context& context) {
  auto work = [&]() -> Result<std::unique_ptr<batches::BodyReader>> {
    TRY_ASSIGN(const StoredFile file,
               context.deps.files.find(context.principal.tenant, context.parameters[0]));
    return context.deps.files.read(context.principal.tenant, file);
  };
  auto running = context.deps.batch_pool.run(work);
  CO_TRY_ASSIGN(auto reader, co_await std::move(running));
  Answer answer;
  answer.content_type = "application/octet-stream";
  answer.source = std::make_shared<FileSource>(context.deps.batch_pool, std::move(reader));
  co_return answer;
}

runtime::Task<Result<Answer>> delete_file(Context& context) {
  const std::string& id = context.parameters[0];
  auto work = [&] { return context.deps.files.remove(context.principal.tenant, id); };
  auto running = context.deps.batch_pool.run(work);
  CO_TRY(co_await std::move(running));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("id", id).field("object", "file").field("deleted", true).end_object();
  co_return answer;
}

}  // namespace maester::api
