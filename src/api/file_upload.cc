#include "api/file_upload.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace maester::api {
namespace {

constexpr std::array<std::string_view, 6> kPurposes{"assistants", "batch",     "fine-tune",
                                                    "vision",     "user_data", "evals"};
constexpr std::size_t kMaxField = 1'024;
constexpr std::size_t kMaxName = 1'024;
// Uploaded input of batches goes after a month unless it says otherwise, as OpenAI's does.
constexpr std::chrono::days kBatchExpiry{30};

}  // namespace

Result<std::chrono::seconds> read_expiry(std::string_view anchor, std::string_view seconds,
                                         std::string_view param) {
  const std::string at(param);
  if (anchor != "created_at")
    return fail(Code::invalid_request, "`anchor` must be `created_at`.", at + "[anchor]");
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(seconds.data(), seconds.data() + seconds.size(), number);
  if (error != std::errc{} || end != seconds.data() + seconds.size() || number < 3'600 ||
      number > 2'592'000) {
    return fail(Code::invalid_request,
                "`seconds` must be a whole number from 3600 (an hour) to 2592000 (30 days).",
                at + "[seconds]");
  }
  return std::chrono::seconds(number);
}

Status FileUpload::begin(const multipart::Part& head) {
  value_.clear();
  field_ = head.name;
  if (head.name != "file") {
    static constexpr std::array<std::string_view, 3> kFields{"purpose", "expires_after[anchor]",
                                                             "expires_after[seconds]"};
    if (std::ranges::find(kFields, head.name) != kFields.end()) return {};
    return fail(Code::invalid_request,
                "The form's field `" + head.name.substr(0, 128) +
                    "` is unknown: there are file, purpose, expires_after[anchor] and "
                    "expires_after[seconds].",
                head.name.substr(0, 128));
  }
  if (body_ != nullptr) return fail(Code::invalid_request, "Send one file at a time.", "file");
  file_name_ = head.file_name.substr(0, kMaxName);
  if (file_name_.empty()) file_name_ = "upload";
  TRY_ASSIGN(body_, store_.begin(tenant_, expected_));
  return {};
}

Status FileUpload::content(std::string_view bytes) {
  if (field_ == "file") {
    if (body_->bytes() + bytes.size() > limit_) {
      return fail(Code::too_large,
                  "The file is larger than " + std::to_string(limit_ >> 20) +
                      " MiB ([batches] max_file_mb).",
                  "file");
    }
    return body_->write(bytes);
  }
  if (value_.size() + bytes.size() > kMaxField)
    return fail(Code::invalid_request, "The field is too long.", field_);
  value_ += bytes;
  return {};
}

Status FileUpload::end() {
  if (field_ == "purpose") purpose_ = value_;
  if (field_ == "expires_after[anchor]") anchor_ = value_;
  if (field_ == "expires_after[seconds]") seconds_ = value_;
  return {};
}

Result<batches::NewFile> FileUpload::described() const {
  if (body_ == nullptr) return fail(Code::invalid_request, "The form has no `file`.", "file");
  if (std::ranges::find(kPurposes, purpose_) == kPurposes.end()) {
    return fail(Code::invalid_request,
                "`purpose` must be batch, assistants, fine-tune, vision, user_data or evals.",
                "purpose");
  }
  batches::NewFile out{.purpose = purpose_, .name = file_name_, .expires_after = {}};
  if (!anchor_.empty() || !seconds_.empty()) {
    TRY_ASSIGN(out.expires_after, read_expiry(anchor_, seconds_, "expires_after"));
  } else if (purpose_ == "batch") {
    out.expires_after = kBatchExpiry;
  }
  return out;
}

Result<batches::StoredFile> FileUpload::finish() {
  TRY(reader_.finish());
  TRY_ASSIGN(const batches::NewFile file, described());
  TRY(body_->finish());
  return store_.add(tenant_, *body_, file);
}

}  // namespace maester::api
