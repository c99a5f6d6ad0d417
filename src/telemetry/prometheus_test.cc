#include "telemetry/prometheus.h"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

namespace maester::telemetry {
namespace {

// A reader of the exposition format as its specification words it, that fails the test on whatever
// it does not allow.
class Scrape {
 public:
  explicit Scrape(const std::string& text) {
    EXPECT_TRUE(text.empty() || text.back() == '\n') << "the last line must end with a line feed";
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) read_line(line);
  }
  // The value of `name{labels}` as text; "" when there is none. Labels as name=value joined by
  // commas, values unescaped.
  std::string value(const std::string& series) const {
    const auto it = values_.find(series);
    return it == values_.end() ? "" : it->second;
  }
  std::string type(const std::string& family) const { return types_.at(family); }
  std::string help(const std::string& family) const { return helps_.at(family); }
  std::size_t size() const { return values_.size(); }

 private:
  void read_line(const std::string& line) {
    if (line.starts_with("# HELP ")) {
      const auto space = line.find(' ', 7);
      const std::string name = line.substr(7, space - 7);
      EXPECT_TRUE(helps_.emplace(name, line.substr(space + 1)).second) << "second HELP: " << line;
    } else if (line.starts_with("# TYPE ")) {
      const auto space = line.find(' ', 7);
      family_ = line.substr(7, space - 7);
      EXPECT_TRUE(types_.emplace(family_, line.substr(space + 1)).second)
          << "a family's lines must stand together: " << line;
    } else {
      read_sample(line);
    }
  }

  void read_sample(const std::string& line) {
    std::size_t at = 0;
    const std::string name = take_name(line, at);
    EXPECT_TRUE(name == family_ || (types_[family_] == "histogram" &&
                                    (name == family_ + "_bucket" || name == family_ + "_sum" ||
                                     name == family_ + "_count")))
        << line;
    std::string key = name;
    if (line.at(at) == '{') {
      key += '{';
      do {
        ++at;
        key += take_name(line, at);
        ASSERT_EQ(line.substr(at, 2), "=\"") << line;
        at += 2;
        key += '=' + take_string(line, at) + ',';
      } while (line.at(at) == ',');
      ASSERT_EQ(line.at(at++), '}') << line;
      key.back() = '}';
    }
    ASSERT_EQ(line.at(at++), ' ') << line;
    const std::string number = line.substr(at);
    double value = 0;
    const auto end = std::from_chars(number.data(), number.data() + number.size(), value).ptr;
    EXPECT_TRUE(end == number.data() + number.size() || number == "+Inf" || number == "NaN")
        << line;
    EXPECT_TRUE(values_.emplace(key, number).second) << "a series stands twice: " << line;
  }

  static std::string take_name(const std::string& line, std::size_t& at) {
    const std::size_t from = at;
    while (at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) != 0 ||
                                line[at] == '_' || line[at] == ':')) {
      ++at;
    }
    EXPECT_GT(at, from) << line;
    EXPECT_FALSE(std::isdigit(static_cast<unsigned char>(line[from]))) << line;
    return line.substr(from, at - from);
  }

  static std::string take_string(const std::string& line, std::size_t& at) {
    std::string out;
    while (line.at(at) != '"') {
      if (line[at] == '\\') {
        ++at;
        EXPECT_NE(std::string("\\\"n").find(line.at(at)), std::string::npos) << line;
        out += line[at] == 'n' ? '\n' : line[at];
      } else {
        out += line[at];
      }
      ++at;
    }
    ++at;
    return out;
  }

  std::string family_;
  std::map<std::string, std::string> types_, helps_, values_;
};

TEST(PrometheusText, CountersAndGaugesWithTheirFamilies) {
  obs::Registry registry;
  registry.counter("maester_requests_total", "Requests.", {{"status", "200"}}).add(3);
  registry.gauge("maester_open", "Open.").set(-2);
  registry.counter("maester_requests_total", "Requests.", {{"status", "500"}}).add();
  const Scrape scrape(prometheus_text(registry));
  EXPECT_EQ(scrape.type("maester_requests_total"), "counter");
  EXPECT_EQ(scrape.help("maester_requests_total"), "Requests.");
  EXPECT_EQ(scrape.value("maester_requests_total{status=200}"), "3");
  EXPECT_EQ(scrape.value("maester_requests_total{status=500}"), "1");
  EXPECT_EQ(scrape.value("maester_open"), "-2");
}

TEST(PrometheusText, HistogramBucketsAreCumulativeAndEndWithInfinity) {
  obs::Registry registry;
  const double bounds[] = {0.5, 1};
  auto& histogram = registry.histogram("maester_seconds", "S.", bounds, {{"model", "m"}});
  for (const double v : {0.25, 0.5, 0.75, 4.0}) histogram.record(v);
  const Scrape scrape(prometheus_text(registry));
  EXPECT_EQ(scrape.value("maester_seconds_bucket{model=m,le=0.5}"), "2");
  EXPECT_EQ(scrape.value("maester_seconds_bucket{model=m,le=1}"), "3");
  EXPECT_EQ(scrape.value("maester_seconds_bucket{model=m,le=+Inf}"), "4");
  EXPECT_EQ(scrape.value("maester_seconds_count{model=m}"), "4");
  EXPECT_EQ(scrape.value("maester_seconds_sum{model=m}"), "5.5");
}

TEST(PrometheusText, LabelValuesAndHelpAreEscaped) {
  obs::Registry registry;
  const std::string nasty = "a\"b\\c\nd{},= \xe2\x82\xac";
  registry.counter("maester_x_total", "Back\\slash\nand \"quote\".", {{"v", nasty}}).add();
  registry.counter("maester_x_total", "", {{"v", "bad\xff utf8"}}).add(2);
  const Scrape scrape(prometheus_text(registry));
  EXPECT_EQ(scrape.value("maester_x_total{v=" + nasty + "}"), "1");
  EXPECT_EQ(scrape.value("maester_x_total{v=bad\xef\xbf\xbd utf8}"), "2");
  EXPECT_EQ(scrape.help("maester_x_total"), "Back\\\\slash\\nand \"quote\".");
}

TEST(PrometheusText, BoundsAreWrittenPlainly) {
  obs::Registry registry;
  registry.histogram("maester_s", "S.", obs::overhead_buckets()).record(0.00001);
  registry.histogram("maester_t", "T.", obs::genai_token_buckets()).record(1e300);
  const Scrape scrape(prometheus_text(registry));
  EXPECT_EQ(scrape.value("maester_s_bucket{le=0.00001}"), "1");
  EXPECT_EQ(scrape.value("maester_s_bucket{le=0.0001}"), "1");
  EXPECT_EQ(scrape.value("maester_s_sum"), "0.00001");
  EXPECT_EQ(scrape.value("maester_t_bucket{le=67108864}"), "0");
  EXPECT_EQ(scrape.value("maester_t_sum"), "1e+300");
}

TEST(PrometheusText, AnEmptyRegistryIsAnEmptyScrape) {
  EXPECT_EQ(prometheus_text(obs::Registry()), "");
}

TEST(ProcessMetrics, TellPlausibleFiguresOfThisProcess) {
  const ProcessStats stats = read_process_stats();
  EXPECT_GT(stats.resident_bytes, 1u << 20);
  EXPECT_GT(stats.virtual_bytes, stats.resident_bytes);
  EXPECT_GE(stats.open_fds, 3u);
  EXPECT_GE(stats.max_fds, stats.open_fds);
  EXPECT_GE(stats.threads, 1u);
  timeval now{};
  gettimeofday(&now, nullptr);
  EXPECT_NEAR(stats.start_time_seconds, static_cast<double>(now.tv_sec), 3600);
  std::string text;
  append_process_metrics(text, stats);
  const Scrape scrape(text);
  EXPECT_EQ(scrape.size(), 7u);
  EXPECT_EQ(scrape.type("process_cpu_seconds_total"), "counter");
}

TEST(ProcessMetrics, AnOpenDescriptorIsCounted) {
  const auto before = read_process_stats().open_fds;
  FILE* file = fopen("/dev/null", "r");
  EXPECT_EQ(read_process_stats().open_fds, before + 1);
  fclose(file);
}

}  // namespace
}  // namespace maester::telemetry
