#include "ingest/child_extractor.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <mutex>
#include <optional>
#include <vector>

#include "ingest/child_format.h"
#include "ingest/child_process.h"
#include "ingest/child_talk.h"
#include "ingest/embedded_part.h"
#include "ingest/extraction_limits.h"
#include "ingest/sniff.h"

namespace maester::ingest {
namespace {

constexpr std::size_t kOther = 0;
constexpr std::size_t kPdf = 1;
constexpr std::array<const char*, 2> kPrograms = {"maester-extract", "maester-extract-pdf"};

// A write to a child that has died is an error to be read, not the end of the server.
void ignore_broken_pipes() {
  struct sigaction now{};
  if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL)
    ::signal(SIGPIPE, SIG_IGN);
}

bool holds_programs(const std::filesystem::path& directory) {
  for (const char* name : kPrograms)
    if (::access((directory / name).c_str(), X_OK) != 0) return false;
  return true;
}

}  // namespace

Result<std::string> find_children(const std::string& configured) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const auto installed = (self / "../libexec/maester").lexically_normal();
  std::string looked;
  for (const std::filesystem::path& guess :
       {std::filesystem::path(configured), configured.empty() ? self : "",
        configured.empty() ? installed : ""}) {
    if (guess.empty()) continue;
    if (holds_programs(guess)) return guess.string();
    looked += (looked.empty() ? "" : ", ") + guess.string();
  }
  return fail(Code::invalid_request,
              "The programs maester-extract and maester-extract-pdf are not in " + looked +
                  ". Install them beside maester or configure where they are.");
}

struct ChildExtractor::Impl {
  Impl(ChildSettings given, const Clock& c) : settings(std::move(given)), clock(c) {}

  const ChildSettings settings;
  const Clock& clock;
  std::mutex mutex;
  std::array<std::vector<ChildProcess>, kPrograms.size()> ready;  // guarded by mutex

  std::optional<ChildProcess> take(std::size_t kind) {
    const std::scoped_lock lock(mutex);
    while (!ready[kind].empty()) {
      ChildProcess child = std::move(ready[kind].back());
      ready[kind].pop_back();
      if (child.running()) return child;
    }
    return std::nullopt;
  }
  Result<ChildProcess> start(std::size_t kind) const {
    return ChildProcess::start(settings.directory + "/" + kPrograms[kind]);
  }
  // One document by one child, which is replaced.
  Result<ChildResult> read(std::size_t kind, const Source& source, MonoTime deadline) {
    std::optional<ChildProcess> child = take(kind);
    if (!child) {
      TRY_ASSIGN(child, start(kind));
    }
    auto result = talk(std::move(*child), source, clock, deadline - clock.mono());
    // A machine that cannot start the next one tells so with the next document.
    (void)top_up(kind);
    return result;
  }
  // Processes start outside of the lock; one too many is ended again.
  Status top_up(std::size_t kind) {
    for (std::size_t i = 0; i < settings.ready; ++i) {
      {
        const std::scoped_lock lock(mutex);
        if (ready[kind].size() >= settings.ready) return {};
      }
      TRY_ASSIGN(ChildProcess child, start(kind));
      const std::scoped_lock lock(mutex);
      if (ready[kind].size() < settings.ready) ready[kind].push_back(std::move(child));
    }
    return {};
  }
};

ChildExtractor::ChildExtractor(ChildSettings settings, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(settings), clock)) {
  ignore_broken_pipes();
}
ChildExtractor::~ChildExtractor() = default;

Status ChildExtractor::warm() {
  for (std::size_t kind = 0; kind < kPrograms.size(); ++kind) TRY(impl_->top_up(kind));
  return {};
}

Result<Extraction> ChildExtractor::extract(const Source& source) {
  if (source.bytes.size() > kMaxInput)
    return fail(failure("too_large", "The file is larger than 128 MiB, the most that is read."));
  const MonoTime deadline = impl_->clock.mono() + impl_->settings.wall;
  TRY_ASSIGN(ChildResult result,
             impl_->read(looks_like_pdf(source.bytes) ? kPdf : kOther, source, deadline));
  for (const EmbeddedFile& file : result.embedded) {
    auto inner = impl_->read(kPdf, {file.bytes, file.name, "application/pdf"}, deadline);
    if (!inner && inner.error().param.empty()) return fail(std::move(inner).error());
    if (inner)
      append_part(file, std::move(inner->extraction), result.extraction);
    else
      warn_of_part(file, inner.error(), result.extraction);
  }
  return std::move(result.extraction);
}

}  // namespace maester::ingest
