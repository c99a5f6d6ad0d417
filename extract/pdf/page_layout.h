// The reading order of a page: words with their places become blocks of lines, column by column,
// with tables kept as rows.
//
// A recursive cut (after Nagy and Seth's X-Y cut, 1984, along white gutters): the band that a
// gutter with most lines on both its sides divides is either a table, whose rows are read across,
// or columns, which are read one after the other; what is above and below it is cut in the same
// way. A band is a table when its lines stand on common baselines and its cells are short. Pure.
#pragma once

#include <string>
#include <vector>

namespace maester::extract {

struct Word {
  std::string text;  // UTF-8
  // Points, y downwards.
  double left = 0, top = 0, right = 0, bottom = 0;
  double size = 0;  // of its font
  double height() const { return bottom - top; }
  double middle() const { return (top + bottom) / 2; }
};

struct Line {
  std::vector<Word> words;  // left to right
  double left = 0, top = 0, right = 0, bottom = 0;
  double size = 0;  // of most of its words
};

struct Block {
  std::vector<Line> lines;                            // running text, or
  std::vector<std::vector<std::vector<Word>>> table;  // rows of cells
  double left = 0, right = 0;                         // of its column
};

// In reading order. Every word is in exactly one block.
std::vector<Block> layout(std::vector<Word> words);

}  // namespace maester::extract
