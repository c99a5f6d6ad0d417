// McNemar's test: whether two candidates pass the same cases equally often. Only the cases on which
// they differ tell anything: under equality each goes either way with probability one half.
//
// Sources: Q. McNemar, Psychometrika 12 (1947) 153-157; exact and mid-p forms as M. W. Fagerland,
// S. Lydersen, P. Laake, BMC Medical Research Methodology 13:91 (2013). The exact test is
// conservative (it rejects equal candidates in fewer than the nominal share: 2 to 4 of 100 at 5 %
// where 20 to 60 cases differ); mid-p comes near the nominal share and can exceed it by a little.
// Gates decide by the exact one. Neither knows of clusters: where cases share a source, read
// the paired difference's clustered interval (mean.h). Pure, thread-safe.
#pragma once

#include <cstdint>

namespace maester::stats {

struct McNemar {
  double exact_p = 1;  // two-sided; 1 without discordant pairs
  double mid_p = 1;
};
// REQUIRES: both >= 0
McNemar mcnemar(std::int64_t first_only, std::int64_t second_only);

}  // namespace maester::stats
