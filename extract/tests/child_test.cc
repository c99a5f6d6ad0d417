// The parent's side: pools, deadlines, programs that are not there or misbehave.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "extract/tests/children.h"
#include "ingest/extraction_check.h"

namespace maester::extract {
namespace {

class FakeChildren : public testing::Test {
 protected:
  void SetUp() override {
    std::string name =
        (std::filesystem::temp_directory_path() / "maester-children-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Both programs are this shell script.
  Result<ingest::Extraction> run(const std::string& script, std::chrono::milliseconds wall) {
    for (const char* name : {"maester-extract", "maester-extract-pdf"}) {
      std::ofstream(folder_ / name) << "#!/bin/sh\n" << script << "\n";
      std::filesystem::permissions(folder_ / name, std::filesystem::perms::all);
    }
    ingest::ChildExtractor extractor({folder_.string(), wall, 0}, clock_);
    return extractor.extract({"text", "a.txt", ""});
  }

  SystemClock clock_;
  std::filesystem::path folder_;
};

TEST_F(FakeChildren, OneThatNeverAnswersIsEndedAtItsTime) {
  const auto result = run("exec sleep 100", std::chrono::milliseconds(200));
  EXPECT_EQ(result.error().param, "timeout");
}

TEST_F(FakeChildren, NonsenseIsACrash) {
  EXPECT_EQ(run("cat /dev/zero", std::chrono::seconds(60)).error().param, "crashed");
  EXPECT_EQ(run("printf MXR1; cat /dev/zero", std::chrono::seconds(60)).error().param, "crashed");
  EXPECT_EQ(run("exit 0", std::chrono::seconds(60)).error().param, "crashed");
  EXPECT_EQ(run("kill -SEGV $$", std::chrono::seconds(60)).error().param, "crashed");
}

// T33: the kernel ends it; the job is told which limit it was.
TEST_F(FakeChildren, OneThatUsesUpItsProcessorTimeIsATimeoutAndNamed) {
  const auto result = run("ulimit -St 1; while :; do :; done", std::chrono::seconds(600));
  EXPECT_EQ(result.error().param, "timeout");
  EXPECT_TRUE(result.error().message.contains("processor time")) << result.error().message;
}

TEST_F(FakeChildren, ASandboxThatFailsIsNoFaultOfTheDocument) {
  const auto result = run("exit 70", std::chrono::seconds(60));
  EXPECT_EQ(result.error().code, Code::internal);
  EXPECT_EQ(result.error().param, "");
}

TEST_F(FakeChildren, TheyGetNoEnvironmentAndNoDescriptor) {
  ::setenv("MAESTER_SECRET", "do-not-tell", 1);
  std::vector<int> open;  // inheritable ones
  for (int i = 0; i < 8; ++i) open.push_back(::dup(STDERR_FILENO));
  // Ends with 70 when both are as promised. The shell has its script and a pipe open itself.
  const auto result =
      run("[ -z \"$MAESTER_SECRET$HOME\" ] && "
          "[ \"$(ls /proc/$$/fd | grep -vc '^[012]$')\" -le 3 ] && exit 70",
          std::chrono::seconds(60));
  for (const int fd : open) ::close(fd);
  ::unsetenv("MAESTER_SECRET");
  EXPECT_EQ(result.error().code, Code::internal) << result.error().detail;
}

TEST(Children, AProgramThatIsMissingIsTold) {
  const auto found = ingest::find_children("/nonexistent");
  EXPECT_EQ(found.error().code, Code::invalid_request);
  EXPECT_TRUE(found.error().message.contains("/nonexistent"));
  const SystemClock clock;
  ingest::ChildExtractor extractor({"/nonexistent"}, clock);
  EXPECT_EQ(extractor.extract({"a", "a.txt", ""}).error().code, Code::io_error);
  EXPECT_TRUE(ingest::find_children(MAESTER_CHILD_DIR).has_value());
}

TEST(Children, ManyAtOnceFromManyThreads) {
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&good, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string text = "thread " + std::to_string(t) + " text " + std::to_string(i);
        const auto result = extract(text, "a.txt");
        if (result && result->text == text) ++good;
      }
    });
  threads.clear();
  EXPECT_EQ(good, 80);
}

TEST(Children, APdfWithinAMailIsReadByItsOwnProgram) {
  const std::string pdf =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 "
      "R]>>endobj\n"
      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F "
      "5 0 R>>>>>>endobj\n"
      "4 0 obj<</Length 52>>stream\nBT /F 12 Tf 20 200 Td (Words of the attachment) Tj ET "
      "\nendstream endobj\n"
      "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 "
      "R>>\n%%EOF\n";
  const std::string mail =
      "From: a\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThe mail.\n\n--b\n"
      "Content-Disposition: attachment; filename=\"a.pdf\"\n\n" +
      pdf +
      "\n--b\nContent-Disposition: attachment; filename=broken.pdf\n\n%PDF-1.4 rubbish\n--b--\n";
  const auto result = extract(mail, "a.eml");
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->text,
            "Subject: s\nFrom: a\n\nThe mail.\n\nAttachment: a.pdf\n\nWords of the attachment");
  ASSERT_EQ(result->parts.size(), 1U);
  EXPECT_EQ(result->parts[0].content_type, "application/pdf");
  EXPECT_TRUE(ingest::check(*result).has_value());
  ASSERT_EQ(result->warnings.size(), 1U);
  EXPECT_TRUE(result->warnings[0].message.starts_with("broken.pdf: "));
}

TEST(Children, AFileBeyondTheLimitIsTooLarge) {
  const std::string big((128UL << 20) + 1, 'a');
  EXPECT_EQ(extract(big, "a.txt").error().code, Code::too_large);
}

}  // namespace
}  // namespace maester::extract
