// RFC 8259 conformance, in the manner of JSONTestSuite (own cases): what must be accepted (y), what
// must be refused (n), and what the RFC leaves open (i), with our decision; then properties over
// generated texts.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_equal.h"
#include "codec/json_writer.h"
#include "support/shared.h"

namespace maester::json {
namespace {

using namespace std::string_literals;

// Writes a value anew, compactly, from what the reader understood.
void print(Writer& out, const Value& value) {
  switch (value.kind()) {
    case Kind::absent:
      return;
    case Kind::null:
      out.null();
      return;
    case Kind::boolean:
      out.value(*value.as_bool());
      return;
    case Kind::number:
      out.raw(*value.as_number_text());
      return;
    case Kind::string:
      out.value(*value.as_string());
      return;
    case Kind::array:
      out.begin_array();
      for (const Value element : value) print(out, element);
      out.end_array();
      return;
    case Kind::object:
      out.begin_object();
      for (const Value member : value) {
        out.key(member.key());
        print(out, member);
      }
      out.end_object();
      return;
  }
}

std::string printed(const Document& doc) {
  std::string out;
  Writer writer(out);
  print(writer, doc.root());
  return out;
}

const std::vector<std::string> kAccepted = {
    // structure
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "{\"a\":{}}",
    "{\"a\":[]}",
    "[[[[[[]]]]]]",
    "[null]",
    "[true]",
    "[false]",
    "[1,2,3]",
    "[\"a\",null,{}]",
    "{\"a\":1}",
    "{\"a\":1,\"b\":2}",
    "{\"\":0}",
    "{\"a\":1,\"a\":1}",
    "{\"a\":1,\"a\":2}",
    "{\"a\\u0000b\":1}",
    "[1,null,null,2]",
    // white space
    " []",
    "[] ",
    "\n[\n]\n",
    "\t{\t}\t",
    "\r\n[1\r\n,\r\n2]\r\n",
    "{ \"a\" : 1 , \"b\" : 2 }",
    // scalars at the top
    "null",
    "true",
    "false",
    "0",
    "-1",
    "\"\"",
    "\"a\"",
    " 1 ",
    "\" \"",
    // numbers
    "[0]",
    "[-0]",
    "[-0.0]",
    "[0.0]",
    "[1]",
    "[10]",
    "[123456789012345678901234567890]",
    "[0.5]",
    "[1.5e3]",
    "[1E3]",
    "[1e+3]",
    "[1e-3]",
    "[0e0]",
    "[0E+1]",
    "[0e1]",
    "[-1.5E-10]",
    "[1.000000000000000000000001]",
    "[20e1]",
    "[123e65]",
    "[123.456e78]",
    "[-9223372036854775808]",
    "[18446744073709551616]",
    // strings
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\\u0041\"]",
    "[\"\\u00e9\"]",
    "[\"\\uD83D\\uDE00\"]",
    "[\"\\ud83d\\ude00\"]",
    "[\"\\u0000\"]",
    "[\"\\u001f\"]",
    "[\"\\uffff\"]",
    "[\"\\ufffe\"]",
    "[\"\\udbff\\udfff\"]",
    "[\"\\u2028\\u2029\"]",
    "[\"\\\\u0041\"]",
    "[\"\\\\n\"]",
    "[\"'\"]",
    "[\"/\"]",
    "[\"\x7f\"]",
    "[\"\xc2\x80\"]",
    "[\"\xc3\xa9\"]",
    "[\"\xe2\x82\xac\"]",
    "[\"\xef\xbf\xbf\"]",
    "[\"\xf0\x9f\x98\x80\"]",
    "[\"\xf4\x8f\xbf\xbf\"]",
    "[\"\xe2\x80\xa8\"]",
    "[\"\xef\xbb\xbf\"]",
    "[\"a\\tb\xc3\xa9\\u00e9c\"]",
    "{\"\\u0061\":\"\\u0062\"}",
    "[\"0123456789abcde\"]",
    "[\"0123456789abcdef\"]",
    "[\"0123456789abcdef0\"]",
    "[\"0123456789abcde\\n\"]",
};

const std::vector<std::string> kRefused = {
    // nothing, or too much
    "",
    " ",
    "\n",
    "\0"s,
    "[]\0"s,
    "[1]x",
    "[][]",
    "{}{}",
    "1 2",
    "null true",
    "[]]",
    "{}}",
    "\"a\"b",
    ",",
    ":",
    "[1],",
    "]",
    "}",
    "[1]/**/",
    "{}#",
    // arrays
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[,]",
    "[1,,2]",
    "[1 2]",
    "[1:2]",
    "[1;2]",
    "[\"a\"",
    "[\"a\",",
    "[[]",
    "[}",
    "[1}",
    "[\"\": 1]",
    "[3[4]]",
    "[a]",
    "[*]",
    "[-",
    "[...]",
    "[<null>]",
    // objects
    "{",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{,}",
    "{\"a\",1}",
    "{\"a\" 1}",
    "{1:1}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\"::1}",
    "{\"a\":1,,\"b\":2}",
    "{null:null}",
    "{[]:1}",
    "{\"a\":1]",
    "{\"a\":}",
    "{:1}",
    "{\"a\":1,\"b\"}",
    "{\"a\":1//\n}",
    // literals
    "nul",
    "nulll",
    "tru",
    "fals",
    "True",
    "NULL",
    "[nul]",
    "[truth]",
    "undefined",
    "[True]",
    "n",
    "t",
    "f",
    // numbers
    "-",
    "+1",
    "[+1]",
    "[01]",
    "[-01]",
    "[00]",
    "[1.]",
    "[.5]",
    "[-.5]",
    "[1e]",
    "[1e+]",
    "[1e-]",
    "[1E]",
    "[1.e1]",
    "[1.2.3]",
    "[1e1.5]",
    "[0x10]",
    "[1_000]",
    "[1,000.]",
    "[--1]",
    "[- 1]",
    "[1-2]",
    "[NaN]",
    "[Infinity]",
    "[-Infinity]",
    "[1a]",
    "[0e]",
    "[0.e1]",
    "[2.e+3]",
    "[\xef\xbc\x91]",
    "[-a]",
    "[1 000]",
    "[++1]",
    "[1eE2]",
    "[0.1.2]",
    "[-]",
    "[1.0e]",
    // strings
    "\"",
    "\"a",
    "'a'",
    "[\"a]",
    "[a\"]",
    "[\"\\\"]",
    "[\"\\",
    "[\"\\x41\"]",
    "[\"\\a\"]",
    "[\"\\'\"]",
    "[\"\\0\"]",
    "[\"\\u\"]",
    "[\"\\u1\"]",
    "[\"\\u12\"]",
    "[\"\\u123\"]",
    "[\"\\u12g4\"]",
    "[\"\\U0041\"]",
    "[\"\\u 041\"]",
    "[\"\\u-041\"]",
    "[\"\\\n\"]",
    "[\"\n\"]",
    "[\"\t\"]",
    "[\"\x01\"]",
    "[\"\x1f\"]",
    "[\"a\0b\"]"s,
    "[\"\\uD83D\\u\"]",
    "[\"\\uD83D\\u1\"]",
    "[\"\\u{41}\"]",
    "\\u0041",
    "[\\n]",
    "[\"0123456789abcdef\n\"]",
    "[\"\xf0\x9f\\n",
    "[\"\\\xf0\x9f\x98\x80\"]",
    // encoding
    "\xef\xbb\xbf{}",
    "\xef\xbb\xbf",
    "[\"\xff\"]",
    "[\"\x80\"]",
    "[\"\xc3\"]",
    "[\"\xc3(\"]",
    "[\"\xc0\xaf\"]",
    "[\"\xe0\x80\xaf\"]",
    "[\"\xed\xa0\x80\"]",
    "[\"\xf4\x90\x80\x80\"]",
    "[\"\xf8\x88\x80\x80\x80\"]",
    "[\"\xe2\x82\"]",
    "[\"\xf0\x9f\x98\"]",
    "[\xc3\xa9]",
    "\xff\xfe[\0]\0"s,
    "[\"a\\n\xff\"]",
    "\xa0[]",
    "\xc2\xa0[]",
    "\xe2\x80\xa8[]",
    "[\x0b]",
    "[\x0c]",
    "[\"\xc3\xa9\xe9\"]",
};

// Free by the RFC; we refuse: half of a surrogate pair has no UTF-8 form, and a replacement would
// silently change the text.
const std::vector<std::string> kRefusedByChoice = {
    "[\"\\ud800\"]",        "[\"\\udc00\"]",        "[\"\\ud800\\ud800\"]", "[\"\\ud800a\"]",
    "[\"\\udc00\\ud800\"]", "[\"\\uD800\\u0041\"]", "[\"\\ud800\\n\"]",     "{\"\\udead\":1}",
};

// Free by the RFC; we accept: numbers of any size are kept as text, and each reading says whether
// it can hold them.
const std::vector<std::string> kAcceptedByChoice = {
    "[1e400]",
    "[-1e400]",
    "[1e-400]",
    "[0.4e006699999999999999999999]",
    "[1e99999999999999999999999]",
    "[-123123123123123123123123123123]",
    "[100000000000000000000]",
};

TEST(JsonConformance, AcceptsWhatTheRfcAllows) {
  for (const auto* list : {&kAccepted, &kAcceptedByChoice}) {
    for (const std::string& text : *list) {
      const auto doc = Document::parse(text);
      EXPECT_TRUE(doc) << testing::PrintToString(text) << (doc ? "" : doc.error().message);
    }
  }
}

TEST(JsonConformance, RefusesWhatTheRfcForbids) {
  for (const auto* list : {&kRefused, &kRefusedByChoice}) {
    for (const std::string& text : *list) {
      const auto doc = Document::parse(text);
      EXPECT_FALSE(doc) << testing::PrintToString(text);
      if (!doc) EXPECT_EQ(doc.error().code, Code::invalid_request) << testing::PrintToString(text);
    }
  }
}

TEST(JsonConformance, EveryPrefixOfAnObjectOrArrayIsRefused) {
  for (const std::string& text : kAccepted) {
    if (text.front() != '[' && text.front() != '{') continue;
    const std::size_t end = text.find_last_of("]}");
    for (std::size_t n = 0; n <= end; ++n) {
      EXPECT_FALSE(Document::parse(std::string_view(text).substr(0, n))) << text.substr(0, n);
    }
  }
}

TEST(JsonConformance, DepthIsBoundedWithoutRecursion) {
  const std::string open(100'000, '[');
  const std::string close(100'000, ']');
  const Limits deep{.depth = 100'000};
  EXPECT_TRUE(Document::parse(open + close, deep));
  EXPECT_EQ(Document::parse(open + close).error().code, Code::too_large);
  EXPECT_TRUE(Document::parse(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(Document::parse(std::string(65, '[') + std::string(65, ']')));
}

TEST(JsonConformance, StringsOfEveryLengthAndSpecialPlaceAreRead) {
  for (std::size_t length = 0; length < 70; ++length) {
    for (std::size_t place = 0; place <= length; ++place) {
      const std::string plain(length, 'x');
      const std::string text = plain.substr(0, place) + "\\n\xc3\xa9" + plain.substr(place);
      const std::string wanted = plain.substr(0, place) + "\n\xc3\xa9" + plain.substr(place);
      const auto doc = Document::parse("\"" + text + "\"");
      ASSERT_TRUE(doc);
      ASSERT_EQ(doc->root().as_string(), wanted);
    }
  }
}

TEST(JsonConformance, NaughtyStringsSurviveQuotingAndReading) {
  SHARED_OR_SKIP(file, "fixtures/naughty-strings/blns.json");
  const auto doc = Document::parse(test::read_file(file));
  ASSERT_TRUE(doc) << doc.error().message;
  ASSERT_GT(doc->root().size(), 400u);
  for (const Value one : doc->root()) {
    const std::string_view text = *one.as_string();
    const auto again = Document::parse(quote(text));
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(*again->root().as_string(), text);
  }
  const auto all = Document::parse(printed(*doc));
  ASSERT_TRUE(all);
  EXPECT_TRUE(equal(all->root(), doc->root()));
}

// A random value as text, with random white space and escapes.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  std::string value(int depth) {
    switch (random_.below(depth > 4 ? 4 : 6)) {
      case 0:
        return pick({"null", "true", "false"});
      case 1:
        return number();
      case 2:
      case 3:
        return string();
      case 4:
        return list("[", "]", depth, false);
      default:
        return list("{", "}", depth, true);
    }
  }

 private:
  std::string pick(const std::vector<std::string>& from) {
    return from[random_.below(from.size())];
  }
  std::string space() { return pick({"", "", " ", "\n", "\t", "\r\n", "  "}); }
  std::string number() {
    std::string out = pick({"", "-"}) + std::to_string(random_.next_u64() >> random_.below(64));
    if (random_.below(3) == 0) out += "." + std::to_string(random_.below(1000));
    if (random_.below(4) == 0)
      out += pick({"e", "E"}) + pick({"", "+", "-"}) + std::to_string(random_.below(30));
    return out;
  }
  std::string string() {
    std::string out = "\"";
    for (std::uint64_t n = random_.below(30); n > 0; --n) {
      if (random_.below(6) == 0) {
        out += pick({"\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", "\\u0000"});
      } else if (random_.below(5) == 0) {
        utf8::append(out, static_cast<char32_t>(0x80 + random_.below(0xd000)));
      } else {
        out += static_cast<char>('a' + random_.below(26));
      }
    }
    return out + "\"";
  }
  std::string list(const char* open, const char* close, int depth, bool object) {
    std::string out = open + space();
    for (std::uint64_t n = random_.below(5), i = 0; i < n; ++i) {
      if (i != 0) out += "," + space();
      if (object) out += string() + space() + ":" + space();
      out += value(depth + 1) + space();
    }
    return out + close;
  }
  SeededRandom random_;
};

TEST(JsonConformance, WhatIsReadPrintsToTheSameValue) {
  Generator generator(42);
  Document reused;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = generator.value(0);
    ASSERT_TRUE(reused.reparse(text)) << text;
    EXPECT_EQ(reused.root().raw(), text);
    const std::string once = printed(reused);
    const auto again = Document::parse(once);
    ASSERT_TRUE(again) << once;
    EXPECT_TRUE(equal(reused.root(), again->root())) << text;
    EXPECT_EQ(hash(reused.root()), hash(again->root()));
    EXPECT_EQ(printed(*again), once);
  }
}

TEST(JsonConformance, DoublesReadBackAsTheyWereWritten) {
  SeededRandom random(5);
  for (int round = 0; round < 20'000; ++round) {
    const auto number = std::bit_cast<double>(random.next_u64());
    if (!std::isfinite(number)) continue;
    std::string out;
    Writer(out).value(number);
    const auto doc = Document::parse(out);
    ASSERT_TRUE(doc) << out;
    EXPECT_EQ(*doc->root().as_double(), number) << out;
  }
}

}  // namespace
}  // namespace maester::json
