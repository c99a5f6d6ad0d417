#include "evals/report_file.h"

#include <filesystem>

namespace maester::evals {

ReportFile::ReportFile(std::string path) : path_(std::move(path)), partial_(path_ + ".partial") {}

ReportFile::~ReportFile() {
  std::error_code ignored;
  if (out_.is_open()) {
    out_.close();
    std::filesystem::remove(partial_, ignored);
  }
}

Status ReportFile::open() {
  out_.open(partial_, std::ios::binary | std::ios::trunc);
  if (!out_) return broken();
  return {};
}

Status ReportFile::write(std::string_view text) {
  out_.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out_) return broken();
  return {};
}

Status ReportFile::finish() {
  out_.flush();
  if (!out_) return broken();
  out_.close();
  std::error_code error;
  std::filesystem::rename(partial_, path_, error);
  if (error) return broken();
  return {};
}

std::unexpected<Error> ReportFile::broken() const {
  return fail(Code::io_error, path_ + ": cannot be written");
}

}  // namespace maester::evals
