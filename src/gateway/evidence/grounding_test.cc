#include "gateway/evidence/grounding.h"

#include <gtest/gtest.h>

#include "gateway/evidence/markers.h"

namespace maester::gateway {
namespace {

Evidence handbook() {
  Evidence evidence;
  evidence.language = "english";
  Passage refunds;
  refunds.document_id = "d1";
  refunds.source_id = "refunds.md";
  refunds.title = "Refunds";
  refunds.text =
      "Refunds are paid within 14 days of the return. Amounts above 1,200 EUR need approval by the "
      "Treasury.";
  refunds.start = 100;
  refunds.end = 100 + refunds.text.size();
  Passage shipping;
  shipping.document_id = "d2";
  shipping.title = "Shipping";
  shipping.text = "Parcels leave the warehouse in Rotterdam every evening.";
  shipping.end = shipping.text.size();
  evidence.passages = {refunds, shipping};
  return evidence;
}

Sentence only(const Judgement& judgement) {
  EXPECT_EQ(judgement.sentences.size(), 1u);
  return judgement.sentences.empty() ? Sentence{} : judgement.sentences.front();
}

TEST(Grounding, ACitedSentenceOfTheEvidenceIsGrounded) {
  const Evidence evidence = handbook();
  const Judgement judgement = judge_grounding(evidence, "A refund is paid within 14 days [1].");
  EXPECT_EQ(judgement.status, Grounding::grounded);
  const Sentence sentence = only(judgement);
  ASSERT_EQ(sentence.citations.size(), 1u);
  const Cited& cited = sentence.citations.front();
  EXPECT_EQ(cited.quote, "Refunds are paid within 14 days of the return.");
  EXPECT_EQ(cited.start, 100u);
  EXPECT_EQ(cited.end, 100u + cited.quote.size());
  EXPECT_EQ(cited.answer_start, 0u);
}

TEST(Grounding, AWrongNumberIsNot) {
  const Evidence evidence = handbook();
  const Judgement judgement = judge_grounding(evidence, "A refund is paid within 30 days [1].");
  EXPECT_EQ(judgement.status, Grounding::ungrounded);
  EXPECT_EQ(only(judgement).reason, "the number 30 is not in the evidence");
}

TEST(Grounding, NumbersAreComparedWithoutTheirSeparators) {
  const Evidence evidence = handbook();
  EXPECT_EQ(judge_grounding(evidence, "Amounts above 1200 EUR need approval [1].").status,
            Grounding::grounded);
}

TEST(Grounding, TheCitedPassageCountsNotAnother) {
  const Evidence evidence = handbook();
  EXPECT_EQ(judge_grounding(evidence, "Refunds are paid within 14 days [2].").status,
            Grounding::ungrounded);
}

TEST(Grounding, WhatIsSaidButNotCitedIsPartial) {
  const Evidence evidence = handbook();
  EXPECT_EQ(judge_grounding(evidence, "Refunds are paid within 14 days.").status,
            Grounding::partial);
}

TEST(Grounding, AForeignNameIsPartialAndAForeignSentenceUngrounded) {
  const Evidence evidence = handbook();
  EXPECT_EQ(
      judge_grounding(evidence, "Amounts need approval by the Treasury and Zoltan [1].").status,
      Grounding::partial);
  EXPECT_EQ(judge_grounding(evidence, "Elephants sing opera loudly [1].").status,
            Grounding::ungrounded);
}

TEST(Grounding, AQuotationMustStandThere) {
  const Evidence evidence = handbook();
  EXPECT_EQ(judge_grounding(evidence, "It says \"paid within 14 days\" of the return [1].").status,
            Grounding::grounded);
  EXPECT_EQ(judge_grounding(evidence, "It says \"paid in 14 days\" of the return [1].").status,
            Grounding::ungrounded);
}

TEST(Grounding, GreetingsClaimNothing) {
  const Evidence evidence = handbook();
  const Judgement judgement =
      judge_grounding(evidence, "Here is what I found:\nRefunds are paid within 14 days [1].");
  EXPECT_EQ(judgement.status, Grounding::grounded);
  EXPECT_EQ(judgement.sentences.front().status, Grounding::neutral);
}

TEST(Sentences, EndWithTheirMarkersAndNotAtAbbreviations) {
  constexpr std::string_view kText =
      "See 28 U.S.C. for it. [1] It holds, e.g. here [2]. Next\nLine two! \"Yes.\" Done";
  std::vector<std::string> got;
  for (const auto& [start, end] : sentences_of(kText, true))
    got.emplace_back(kText.substr(start, end - start));
  EXPECT_EQ(got, (std::vector<std::string>{"See 28 U.S.C. for it. [1]", "It holds, e.g. here [2].",
                                           "Next", "Line two!", "\"Yes.\"", "Done"}));
}

TEST(Sentences, OfAGrowingTextNeverChange) {
  constexpr std::string_view kText =
      "Refunds take 14 days. [1] More [2]. And 3.5 percent, e.g. this.\nEnd of it [1][2]";
  std::vector<std::pair<std::size_t, std::size_t>> before;
  for (std::size_t size = 0; size <= kText.size(); ++size) {
    const auto now = sentences_of(kText.substr(0, size), false);
    ASSERT_GE(now.size(), before.size()) << size;
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(now[i], before[i]) << size;
    before = now;
  }
  const auto whole = sentences_of(kText, true);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(whole[i], before[i]);
}

}  // namespace
}  // namespace maester::gateway
