#include "app/batch_run.h"

#include <filesystem>
#include <fstream>

#include "codec/json_writer.h"
#include "store/file_copy.h"

namespace maester::app {
namespace {

namespace fs = std::filesystem;

// What a run leaves beside its output until it is over.
struct Place {
  explicit Place(const std::string& output) : output(output) {}
  const std::string output;
  std::string state() const { return output + ".batch"; }
  std::string requests() const { return output + ".requests"; }
  std::string piece(std::string_view name) const { return output + "." + std::string(name); }
  void clear() const {
    std::error_code ignored;
    for (const std::string& path :
         {state(), requests(), piece("answered"), piece("failed"), piece("merged")}) {
      fs::remove(path, ignored);
    }
  }
};

struct State {
  std::string batch, where, requests;  // the last: SHA-256 of the requests
};

Result<State> read_state(const Place& place) {
  TRY_ASSIGN(const std::string text, store::read_whole_file(place.state()));
  TRY_ASSIGN(const json::Document document, json::Document::parse(text));
  const json::Value root = document.root();
  return State{std::string(root.get("batch").string_or("")),
               std::string(root.get("where").string_or("")),
               std::string(root.get("requests_sha256").string_or(""))};
}

Status write_state(const Place& place, const State& state) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .field("batch", state.batch)
      .field("where", state.where)
      .field("requests_sha256", state.requests)
      .end_object();
  std::ofstream out(place.state(), std::ios::binary | std::ios::trunc);
  out << text << '\n';
  out.flush();
  if (!out) return fail(Code::io_error, "cannot write " + place.state());
  return {};
}

class Runner {
 public:
  Runner(CliSession& session, const BatchRun& run)
      : session_(session), run_(run), place_(run.output) {}

  Status go() {
    TRY(check_place());
    TRY_ASSIGN(const BatchRequests requests, write_requests(run_.input, place_.requests()));
    if (!requests.problems.empty()) {
      for (const std::string& one : requests.problems) session_.err() << one << '\n';
      place_.clear();
      return fail(Code::invalid_request, "the input has problems; nothing was asked");
    }
    TRY_ASSIGN(port_, run_.open());
    TRY(begin(requests));
    TRY_ASSIGN(const BatchLook ended, wait());
    if (ended.status == "failed") {
      for (const std::string& one : ended.problems) session_.err() << one << '\n';
      place_.clear();
      return fail(Code::invalid_request, "the batch was refused; nothing was asked");
    }
    return finish(ended);
  }

 private:
  Status check_place() {
    std::error_code ignored;
    if (fs::exists(run_.output, ignored)) {
      return fail(Code::conflict, run_.output + " is there already; name another, or remove it");
    }
    if (!fs::exists(place_.state(), ignored)) return {};
    if (!run_.resume) {
      return fail(Code::conflict,
                  "an earlier run was interrupted: go on with --resume, or remove " +
                      place_.state() + " to begin anew");
    }
    TRY_ASSIGN(state_, read_state(place_));
    return {};
  }

  // A new batch, or the one that was begun.
  Status begin(const BatchRequests& requests) {
    TRY_ASSIGN(const store::FileDigest digest, store::digest_file(place_.requests()));
    if (!state_.batch.empty()) {
      if (state_.requests != digest.sha256)
        return fail(Code::conflict, "the input, or the options, changed since the run was begun");
      if (state_.where != port_->where()) {
        return fail(Code::conflict,
                    "the run was begun at " + state_.where + ", this is " + port_->where());
      }
      return {};
    }
    TRY_ASSIGN(const std::string file, port_->upload(place_.requests()));
    TRY_ASSIGN(state_.batch, port_->create(file, requests.endpoint));
    state_.where = port_->where();
    state_.requests = digest.sha256;
    TRY(write_state(place_, state_));
    session_.err() << "batch " << state_.batch << ", " << requests.lines << " lines\n";
    return {};
  }

  void tell(const BatchLook& look) {
    const std::int64_t done = look.completed + look.failed;
    if (!session_.environment().terminal || look.total == 0) return;
    constexpr std::int64_t kWidth = 30;
    const auto filled = static_cast<std::size_t>(done * kWidth / look.total);
    session_.err() << '\r' << look.status << " [" << std::string(filled, '#')
                   << std::string(kWidth - filled, ' ') << "] " << done << '/' << look.total
                   << (look.failed > 0 ? ", " + std::to_string(look.failed) + " failed" : "")
                   << (look.ended() ? "\n" : "") << std::flush;
  }

  Result<BatchLook> wait() {
    milliseconds pause{50};
    for (;;) {
      TRY_ASSIGN(const BatchLook look, port_->look(state_.batch));
      tell(look);
      if (look.ended()) return look;
      if (!port_->pause(pause)) {
        return fail(Code::cancelled, "interrupted; what is finished is kept: go on with --resume");
      }
      pause = std::min(pause * 2, milliseconds{1'000});
    }
  }

  Status finish(const BatchLook& ended) {
    std::string answered, failed;
    if (!ended.output_file.empty()) {
      answered = place_.piece("answered");
      TRY(port_->download(ended.output_file, answered));
    }
    if (!ended.error_file.empty()) {
      failed = place_.piece("failed");
      TRY(port_->download(ended.error_file, failed));
    }
    TRY_ASSIGN(const BatchAnswers counts,
               merge_answers(place_.requests(), answered, failed, place_.piece("merged")));
    std::error_code error;
    fs::rename(place_.piece("merged"), run_.output, error);
    if (error) return fail(Code::io_error, "cannot write " + run_.output);
    place_.clear();
    session_.out() << counts.answered << " of " << counts.answered + counts.failed
                   << " lines were answered, " << counts.failed << " failed: " << run_.output
                   << '\n';
    if (counts.failed > 0) session_.set_status(1);
    return {};
  }

  CliSession& session_;
  const BatchRun& run_;
  const Place place_;
  State state_;
  std::unique_ptr<BatchPort> port_;
};

}  // namespace

bool BatchLook::ended() const {
  return status == "completed" || status == "failed" || status == "expired" ||
         status == "cancelled";
}

void run_batch(CliSession& session, const BatchRun& run) {
  session.check(Runner(session, run).go());
}

}  // namespace maester::app
