#include "batches/batch_files.h"

#include "batches/input.h"
#include "batches/output.h"

namespace maester::batches {
namespace {

constexpr std::size_t kPage = 100;

// The results in the order of their lines, page by page.
class Results {
 public:
  Results(BatchStore& batches, const Batch& batch) : batches_(batches), batch_(batch) {}
  // What is final of the line; null when nothing is. REQUIRES: lines rise from call to call.
  Result<const LineResult*> of(std::int64_t line) {
    while (at_ < page_.size() && page_[at_].line < line) ++at_;
    if (at_ == page_.size() && !ended_) {
      TRY_ASSIGN(page_, batches_.results(batch_, line - 1, kPage));
      ended_ = page_.empty();
      at_ = 0;
    }
    if (at_ == page_.size() || page_[at_].line != line) return nullptr;
    const LineResult& found = page_[at_];
    return found.outcome == LineResult::Outcome::again ? nullptr : &found;
  }

 private:
  BatchStore& batches_;
  const Batch& batch_;
  std::vector<LineResult> page_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace

Status BatchFiles::put(std::unique_ptr<BodyWriter>& file, std::string_view line) {
  if (file == nullptr) {
    TRY_ASSIGN(file, files_.begin(batch_.tenant));
  }
  TRY(file->write(line));
  return file->write("\n");
}

Status BatchFiles::write(BatchStore& batches, std::size_t max_line,
                         const std::function<Status(std::int64_t)>& told) {
  const bool cancelled = batch_.status == BatchStatus::cancelling;
  const std::string_view code = cancelled ? "batch_cancelled" : "batch_expired";
  const std::string_view message =
      cancelled ? "This request was not executed: the batch was cancelled."
                : "This request could not be executed before the completion window expired.";
  TRY_ASSIGN(const StoredFile input, files_.find_even_expired(batch_.tenant, batch_.input_file));
  TRY_ASSIGN(std::shared_ptr<BodyReader> body, files_.read(batch_.tenant, input));
  LineReader lines(pieces_of(std::move(body)), max_line);
  Results results(batches, batch_);
  std::int64_t written = 0;
  for (std::string_view text;;) {
    TRY_ASSIGN(const bool more, lines.next(text));
    if (!more) break;
    TRY_ASSIGN(const LineResult* found, results.of(lines.number()));
    if (found != nullptr) {
      const bool answered = found->outcome == LineResult::Outcome::answered;
      TRY(put(answered ? output_ : errors_, found->text));
    } else {
      ++unanswered_;
      const auto request = read_request(text, batch_.endpoint);
      const std::string_view id = request ? request->custom_id : std::string_view{};
      TRY(put(errors_, unanswered_line(batch_, lines.number(), id, code, message)));
    }
    if (++written % 100 == 0) TRY(told(written));
  }
  if (output_ != nullptr) TRY(output_->finish());
  if (errors_ != nullptr) TRY(errors_->finish());
  return {};
}

Result<std::pair<std::string, std::string>> BatchFiles::add(store::Database& work) {
  std::pair<std::string, std::string> ids;
  NewFile file{.purpose = "batch_output", .name = {}, .expires_after = batch_.output_expires};
  if (output_ != nullptr) {
    file.name = batch_.id + "_output.jsonl";
    TRY(files_.add(work, batch_.tenant, *output_, file));
    ids.first = output_->id();
  }
  if (errors_ != nullptr) {
    file.name = batch_.id + "_error.jsonl";
    TRY(files_.add(work, batch_.tenant, *errors_, file));
    ids.second = errors_->id();
  }
  return ids;
}

void BatchFiles::keep() {
  if (output_ != nullptr) output_->keep();
  if (errors_ != nullptr) errors_->keep();
}

}  // namespace maester::batches
