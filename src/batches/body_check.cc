#include "batches/body_check.h"

#include <filesystem>

namespace maester::batches {

Result<std::vector<std::string>> check_bodies(store::Database& work, const std::string& directory,
                                              std::size_t most) {
  std::vector<std::string> out;
  {
    TRY_ASSIGN(auto known, work.prepare("SELECT 1 FROM sqlite_master WHERE name = 'files'"));
    TRY_ASSIGN(const bool is_there, known.step());
    if (!is_there) return out;
  }
  TRY_ASSIGN(auto select, work.prepare("SELECT id, bytes FROM files ORDER BY id"));
  while (out.size() < most) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    const std::string id(select.text(0));
    const std::uint64_t wanted = sealed_size(static_cast<std::uint64_t>(select.integer(1)));
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(directory + "/" + id, error);
    if (error) {
      out.push_back("files/" + id + ": the file has a row and no body");
    } else if (size != wanted) {
      out.push_back("files/" + id + ": its body has " + std::to_string(size) +
                    " bytes instead of " + std::to_string(wanted));
    }
  }
  return out;
}

}  // namespace maester::batches
