#include "obs/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "codec/json.h"

namespace maester::obs {
namespace {

// A file in memory to log into.
class LogTest : public testing::Test {
 protected:
  LogTest() : fd_(memfd_create("log_test", 0)) {}
  ~LogTest() override { close(fd_); }

  std::string content() const {
    std::string out(static_cast<std::size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(fd_, out.data(), out.size(), 0), static_cast<ssize_t>(out.size()));
    return out;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    std::string text = content();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      out.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return out;
  }

  int fd_;
  ManualClock clock_;
};

TEST_F(LogTest, ALineIsOneJsonObjectWithTimeLevelAndEvent) {
  Log log(clock_, fd_, Level::info);
  log.event(Level::warn, "model_routed")
      .field("model", "gpt \"4\"\n")
      .field("fallback", false)
      .field("attempts", 3u)
      .field("delta", -7)
      .field("ratio", 0.5)
      .field("cost", *FemtoUsd::parse("0.0000928"));
  log.flush();
  EXPECT_EQ(content(),
            "{\"ts\":\"2023-11-14T22:13:20.000Z\",\"level\":\"warn\",\"event\":\"model_routed\","
            "\"model\":\"gpt \\\"4\\\"\\n\",\"fallback\":false,\"attempts\":3,\"delta\":-7,"
            "\"ratio\":0.5,\"cost\":\"0.0000928\"}\n");
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotWritten) {
  {
    Log log(clock_, fd_, Level::warn);
    log.event(Level::info, "quiet").field("x", 1).field("y", "z").field("w", 1.0);
    log.event(Level::error, "loud");
    EXPECT_FALSE(log.enabled(Level::info));
  }
  ASSERT_EQ(lines().size(), 1u);
}

TEST_F(LogTest, TheDestructorWritesWhatIsQueued) {
  {
    Log log(clock_, fd_, Level::debug);
    for (int i = 0; i < 1000; ++i) log.event(Level::debug, "e").field("i", i);
  }
  EXPECT_EQ(lines().size(), 1000u);
}

TEST_F(LogTest, LinesOfManyThreadsNeverInterleave) {
  {
    Log log(clock_, fd_, Level::info);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < 500; ++i) {
          log.event(Level::info, "e").field("thread", t).field("pad", std::string(100, 'x'));
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  const auto all = lines();
  ASSERT_EQ(all.size(), 2000u);
  for (const std::string& line : all) {
    EXPECT_TRUE(json::Document::parse(line).has_value()) << line;
  }
}

TEST_F(LogTest, LongTextIsCutAtACharacter) {
  Log log(clock_, fd_, Level::info);
  std::string euros;
  for (int i = 0; i < 5000; ++i) euros += "\u20ac";
  log.event(Level::info, "e").field("text", euros);
  log.flush();
  const auto doc = json::Document::parse(lines().at(0));
  ASSERT_TRUE(doc.has_value());
  EXPECT_EQ(doc->root().get("text").string_or("").size(), 4095u);
}

TEST_F(LogTest, AWriterThatFallsBehindDropsLinesAndSaysHowMany) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::uint64_t dropped = 0, written = 0, told = 0;
  constexpr std::uint64_t kEvents = 6000;
  {
    Log log(clock_, ends[1], Level::info);
    const std::string pad(4000, 'x');
    for (std::uint64_t i = 0; i < kEvents; ++i) log.event(Level::info, "e").field("pad", pad);
    dropped = log.dropped();
    std::thread reader([&] {
      std::string text(1 << 16, '\0'), line;
      ssize_t n = 0;
      while ((n = read(ends[0], text.data(), text.size())) > 0) {
        for (const char c : text.substr(0, static_cast<std::size_t>(n))) {
          if (c != '\n') {
            line += c;
            continue;
          }
          const auto doc = json::Document::parse(line);
          if (doc && doc->root().get("event").string_or("") == "log_dropped") {
            told += static_cast<std::uint64_t>(doc->root().get("lines").int_or(0));
          } else {
            ++written;
          }
          line.clear();
        }
      }
    });
    log.flush();
    log.event(Level::info, "last");
    log.flush();
    close(ends[1]);
    reader.join();
  }
  close(ends[0]);
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(told, dropped);
  EXPECT_EQ(written + dropped, kEvents + 1);
}

}  // namespace
}  // namespace maester::obs
