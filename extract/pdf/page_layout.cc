#include "extract/pdf/page_layout.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <utility>

namespace maester::extract {
namespace {

using Words = std::vector<Word>;

// A page beyond this is no text that anybody reads in columns; the cut is quadratic.
constexpr std::size_t kMaxWords = 8'000;
constexpr int kMaxDepth = 40;

double median_height(const Words& words) {
  std::vector<double> heights;
  for (const Word& w : words) heights.push_back(w.height());
  if (heights.empty()) return 10;
  const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
  std::ranges::nth_element(heights, middle);
  return std::max(*middle, 1.0);
}

std::vector<Line> lines_of(Words words) {
  std::ranges::stable_sort(words, {}, &Word::middle);
  std::vector<Line> lines;
  for (Word& word : words) {
    // Words come from the top: only the last lines can be theirs.
    Line* home = nullptr;
    for (std::size_t i = lines.size(); i-- > 0 && i + 4 > lines.size() && home == nullptr;) {
      const double middle = (lines[i].top + lines[i].bottom) / 2;
      const double reach = 0.4 * std::max(word.height(), lines[i].bottom - lines[i].top);
      if (std::abs(middle - word.middle()) < reach) home = &lines[i];
    }
    if (home == nullptr) {
      lines.push_back({{}, word.left, word.top, word.right, word.bottom, word.size});
      home = &lines.back();
    }
    home->left = std::min(home->left, word.left);
    home->right = std::max(home->right, word.right);
    home->words.push_back(std::move(word));
  }
  for (Line& line : lines) {
    std::ranges::stable_sort(line.words, {}, &Word::left);
    std::vector<double> sizes;
    for (const Word& w : line.words) sizes.push_back(w.size);
    std::ranges::sort(sizes);
    line.size = sizes[sizes.size() / 2];
  }
  return lines;
}

struct Gutter {
  double left = 0, right = 0;  // the white strip
  double top = 0, bottom = 0;
  double worth = 0;  // lines on its poorer side, times its width in ems (at most 2)
  double height() const { return bottom - top; }
};

std::size_t line_count(const Words& words, double top, double bottom, double from, double to) {
  std::vector<double> middles;
  double height = 0;
  for (const Word& w : words) {
    if (w.middle() < top || w.middle() > bottom || w.left < from || w.right > to) continue;
    middles.push_back(w.middle());
    height = std::max(height, w.height());
  }
  std::ranges::sort(middles);
  std::size_t count = 0;
  double last = -std::numeric_limits<double>::infinity();
  for (const double m : middles) {
    if (m - last < 0.5 * height) continue;
    ++count;
    last = m;
  }
  return count;
}

// A narrow strip must run along many lines, a wide one along a few: chance makes white too.
std::size_t lines_needed(double width, double em) {
  if (width >= 3 * em) return 2;
  return width >= 1.2 * em ? 4 : 7;
}

class Cutter {
 public:
  std::vector<Block> run(Words words) {
    cut(std::move(words), 0);
    return std::move(blocks_);
  }

 private:
  // The free strips right of `x`: bands of the region in which no word touches [x, x + least].
  void bands_at(const Words& words, double x, double least, double em, Gutter& best) const {
    std::vector<std::pair<double, double>> blocked;
    double top = std::numeric_limits<double>::infinity();
    double bottom = -top;
    for (const Word& w : words) {
      top = std::min(top, w.top);
      bottom = std::max(bottom, w.bottom);
      // Its line's other words have their middles within this half of its height.
      const double quarter = w.height() / 4;
      if (w.left < x + least && w.right > x)
        blocked.emplace_back(w.middle() - quarter, w.middle() + quarter);
    }
    blocked.emplace_back(bottom, bottom);
    std::ranges::sort(blocked);
    double from = top;
    for (const auto& [begin, end] : blocked) {
      if (begin > from) consider({x, x + least, from, begin}, words, em, best);
      from = std::max(from, end);
    }
  }

  void consider(Gutter strip, const Words& words, double em, Gutter& best) const {
    // Lines are hardly nearer than this: what cannot win is not looked at.
    if (2 * strip.height() / (0.6 * em) < best.worth) return;
    // How wide it really is, and what stands on its sides.
    double left = -std::numeric_limits<double>::infinity();
    double right = -left;
    for (const Word& w : words) {
      if (w.middle() < strip.top || w.middle() > strip.bottom) continue;
      if (w.right <= strip.left + 0.01) left = std::max(left, w.right);
      if (w.left >= strip.right - 0.01) right = std::min(right, w.left);
    }
    if (!std::isfinite(left) || !std::isfinite(right)) return;
    constexpr double kFar = std::numeric_limits<double>::infinity();
    const std::size_t lines =
        std::min(line_count(words, strip.top, strip.bottom, -kFar, left + 0.01),
                 line_count(words, strip.top, strip.bottom, right - 0.01, kFar));
    if (lines < lines_needed(right - left, em)) return;
    // A gap between words of a title may lie within a gutter below it: width counts too.
    strip.worth = static_cast<double>(lines) * std::min((right - left) / em, 2.0);
    if (strip.worth <= best.worth) return;
    strip.left = left;
    strip.right = right;
    best = strip;
  }

  Gutter best_gutter(const Words& words, double em) const {
    std::vector<double> candidates;
    for (const Word& w : words) candidates.push_back(std::ceil(w.right * 2) / 2);
    std::ranges::sort(candidates);
    candidates.erase(std::ranges::unique(candidates).begin(), candidates.end());
    Gutter best;
    for (const double x : candidates) bands_at(words, x, 0.75 * em, em, best);
    return best;
  }

  void cut(Words words, int depth) {
    if (words.empty()) return;
    const double em = median_height(words);
    const Gutter gutter = words.size() < 4 || words.size() > kMaxWords || depth > kMaxDepth
                              ? Gutter{}
                              : best_gutter(words, em);
    if (gutter.height() <= 0) return leaf(std::move(words));
    Words above;
    Words band;
    Words below;
    for (Word& w : words) {
      const double m = w.middle();
      (m < gutter.top ? above : m > gutter.bottom ? below : band).push_back(std::move(w));
    }
    if (above.empty() && below.empty()) return divide(std::move(band), gutter, em, depth);
    if (band.empty()) return leaf(above.empty() ? std::move(below) : std::move(above));
    cut(std::move(above), depth + 1);
    divide(std::move(band), gutter, em, depth);
    cut(std::move(below), depth + 1);
  }

  void divide(Words band, const Gutter& gutter, double em, int depth) {
    if (table(band, em)) return;
    Words left;
    Words right;
    const double middle = (gutter.left + gutter.right) / 2;
    for (Word& w : band) ((w.left + w.right) / 2 < middle ? left : right).push_back(std::move(w));
    if (left.empty() || right.empty())
      return leaf(left.empty() ? std::move(right) : std::move(left));
    cut(std::move(left), depth + 1);
    cut(std::move(right), depth + 1);
  }

  // The left edges of the columns that white strips make. One line in ten may run across a strip:
  // tables have titles and notes within.
  static std::vector<double> columns_of(const std::vector<Line>& lines, double em) {
    struct Edge {
      double at;
      int change;
    };
    std::vector<Edge> edges;
    for (const Line& line : lines) {
      for (const Word& w : line.words) {
        edges.push_back({w.left, 1});
        edges.push_back({w.right, -1});
      }
    }
    std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
      return a.at != b.at ? a.at < b.at : a.change > b.change;
    });
    const int few = static_cast<int>(lines.size() / 10);
    std::vector<double> columns;
    int open = 0;
    double white_since = -std::numeric_limits<double>::infinity();
    for (const Edge& edge : edges) {
      const bool was_white = open <= few;
      open += edge.change;
      if (was_white && open > few && edge.at - white_since >= 0.7 * em) columns.push_back(edge.at);
      if (!was_white && open <= few) white_since = edge.at;
    }
    return columns;
  }

  bool table(Words& band, double em) {
    const std::vector<Line> lines = lines_of(band);
    const std::vector<double> columns = columns_of(lines, em);
    const std::size_t k = columns.size();
    if (k < 2) return false;
    Block block;
    std::vector<double> words_in(k, 0);
    std::vector<double> cells_in(k, 0);
    std::size_t full = 0;
    for (const Line& line : lines) {
      std::vector<Words> cells(k);
      for (const Word& w : line.words) {
        // By its middle: few lines begin a hair before their column, and some before the first.
        const auto after = std::ranges::upper_bound(columns, (w.left + w.right) / 2);
        cells[static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - columns.begin(), 1) - 1)]
            .push_back(w);
      }
      std::size_t filled = 0;
      for (std::size_t i = 0; i < k; ++i) {
        words_in[i] += static_cast<double>(cells[i].size());
        cells_in[i] += cells[i].empty() ? 0 : 1;
        filled += cells[i].empty() ? 0 : 1;
      }
      full += filled >= 2 ? 1 : 0;
      block.table.push_back(std::move(cells));
    }
    std::size_t terse = 0;
    double tersest = 1e9;
    for (std::size_t i = 0; i < k; ++i) {
      const double mean = words_in[i] / std::max(cells_in[i], 1.0);
      terse += mean <= 4 ? 1 : 0;
      tersest = std::min(tersest, mean);
    }
    const bool many = k >= 3 && full >= 2 && 2 * full >= lines.size() && 2 * terse >= k;
    const bool pairs = k == 2 && full >= 3 && 10 * full >= 6 * lines.size() && tersest <= 2.5;
    if (!many && !pairs) return false;
    if (is_list(block, k)) {
      leaf(std::move(band));
    } else {
      blocks_.push_back(std::move(block));
    }
    return true;
  }

  // Bullets or numbers beside their text: lines, not rows.
  static bool is_list(const Block& block, std::size_t columns) {
    if (columns != 2) return false;
    for (const auto& row : block.table) {
      if (row[0].size() > 1) return false;
      if (row[0].empty()) continue;
      const std::string& mark = row[0][0].text;
      const bool label = mark.ends_with('.') || mark.ends_with(')') || mark.ends_with(']');
      const bool bullet = mark.size() <= 3 && !std::isalnum(static_cast<unsigned char>(mark[0]));
      if (mark.size() > 6 || (!label && !bullet)) return false;
    }
    return true;
  }

  void leaf(Words words) {
    if (words.empty()) return;
    Block block;
    block.lines = lines_of(std::move(words));
    block.left = std::ranges::min(block.lines, {}, &Line::left).left;
    // Where most lines end: a page number or a title may stand out.
    std::vector<double> ends;
    for (const Line& line : block.lines) ends.push_back(line.right);
    std::ranges::sort(ends);
    block.right = ends[ends.size() * 4 / 5];
    blocks_.push_back(std::move(block));
  }

  std::vector<Block> blocks_;
};

}  // namespace

std::vector<Block> layout(std::vector<Word> words) {
  return Cutter().run(std::move(words));
}

}  // namespace maester::extract
