// How much two texts have in common by their words: ROUGE-1, BLEU and GLEU, with the tokens and
// the corners of promptfoo 0.123.1. Private to checks; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace maester::checks {

// F1 of clipped unigrams (Lin 2004), both lower-cased and cut as the Penn Treebank cuts.
double rouge_1(std::string_view candidate, std::string_view reference);
// Papineni et al. 2002 for one sentence, n = 1 ... 4: orders the candidate has no n-gram of are
// left out and the weights made whole again, a precision of 0 counts as 1e-7.
double bleu(std::string_view candidate, const std::vector<std::string>& references);
// Wu et al. 2016: the lesser of precision and recall over all n-grams, n = 1 ... 4; the best
// reference counts.
double gleu(std::string_view candidate, const std::vector<std::string>& references);

}  // namespace maester::checks
