// The functions behind the routes of replays and schedules of evaluations.
#pragma once

#include "api/route.h"

namespace maester::api {

// replay_batches.cc
runtime::Task<Result<Answer>> start_replay_batch(Context&);
runtime::Task<Result<Answer>> list_replay_batches(Context&);
runtime::Task<Result<Answer>> show_replay_batch(Context&);
runtime::Task<Result<Answer>> list_replay_differences(Context&);

// eval_schedules.cc
runtime::Task<Result<Answer>> put_eval_schedule(Context&);
runtime::Task<Result<Answer>> list_eval_schedules(Context&);
runtime::Task<Result<Answer>> delete_eval_schedule(Context&);

}  // namespace maester::api
