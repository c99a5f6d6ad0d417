// The lines of one batch being asked, in one attempt of its job: reads them one by one, keeps so
// many under way as the asker allows, commits what is over in groups behind the job's fence.
//
// A line is asked under the key `BATCH/LINE/ATTEMPT`; the attempt's number rises only with a commit
// that says so, so that whatever dies in between nothing is asked twice under different keys.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "batches/asker.h"
#include "batches/batch_job.h"
#include "batches/input.h"

namespace maester::batches {

class LineRun {
 public:
  LineRun(jobs::Run& run, const Batch& batch, BatchStore& batches, gateway::Loopback& loopback,
          const Clock& clock, BatchRules rules);

  // Until every line is over, the batch is being cancelled, or its window ends; what is committed
  // then is all that there is. Code::cancelled when the job is to stop.
  Status run(Pieces input);

 private:
  struct Line {
    std::string custom_id, body, model;
    std::int64_t attempt = 0;
    int broken = 0;  // faults on the way, in this process
  };

  Status load();
  Status fill(LineReader& input);
  Result<bool> next_line(LineReader& input);  // false: there is none left
  void ask(std::int64_t number, Line line);
  void take(const Asker::Answer& answer);
  void keep(std::int64_t number, LineResult::Outcome outcome, std::string text);
  void ask_again(std::int64_t number, Line line, milliseconds pause);
  Status flush();
  Status flush_when_due();
  Status stop();     // the job is to end
  Status wind_up();  // the batch is: what is under way may end
  Result<bool> over();
  milliseconds patience() const;
  bool is_done(std::int64_t number) const;

  jobs::Run& run_;
  const Batch& batch_;
  BatchStore& batches_;
  const Clock& clock_;
  const BatchRules rules_;
  std::vector<bool> done_;                         // by line
  std::map<std::int64_t, std::int64_t> attempts_;  // of lines that were asked before, and not done
  std::map<std::int64_t, Line> under_way_;
  struct Waiting {
    std::int64_t number = 0;
    Line line;
  };
  std::multimap<MonoTime, Waiting> waiting_;  // to be asked again, by when
  Progress progress_;                         // not committed yet
  std::size_t progress_bytes_ = 0;
  MonoTime progress_since_{}, looked_at_{};
  std::int64_t over_count_ = 0;
  bool input_ended_ = false, stopping_ = false, winding_up_ = false;
  Asker asker_;  // last: its end waits for answers
};

}  // namespace maester::batches
