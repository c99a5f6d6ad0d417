// One attempt at a job, as its handler sees it.
#pragma once

#include <atomic>

#include "jobs/lease.h"
#include "jobs/report.h"
#include "jobs/workers.h"

namespace maester::jobs {

class AttemptRun final : public Run {
 public:
  AttemptRun(Lease& lease, Leases& leases, const Clock& clock, Report::Attempt& report,
             const std::atomic<bool>& stopping)
      : lease_(lease), leases_(leases), clock_(clock), report_(report), stopping_(stopping) {}
  const Job& job() const override { return lease_.job; }
  bool stopped() const override;
  Result<std::string> step(std::string_view name,
                           const std::function<Result<std::string>()>& work) override;
  Result<std::string> commit(
      std::string_view name,
      const std::function<Result<std::string>(store::Database&)>& work) override;
  Status progress(std::int64_t done, std::int64_t total) override;
  Status fence(store::Database& work) override;
  Status get_on(store::Database& work) override;

 private:
  Step end(Step ended, const Result<std::string>& outcome);
  Lease& lease_;
  Leases& leases_;
  const Clock& clock_;
  Report::Attempt& report_;
  const std::atomic<bool>& stopping_;
};

// Runs `work`; what it throws is an error of Code::internal with its text in `detail`.
Result<std::string> guarded(const std::function<Result<std::string>()>& work);

}  // namespace maester::jobs
