#include "codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "codec/json_writer.h"

namespace maester::json {
namespace {

using testing::HasSubstr;

Document parsed(std::string_view text) {
  Result<Document> document = Document::parse(text);
  EXPECT_TRUE(document) << text << ": " << (document ? "" : document.error().message);
  return document ? std::move(*document) : Document();
}

TEST(JsonDocument, ReadsEveryKindOfValue) {
  const Document doc =
      parsed(R"( {"s":"x","i":-12,"d":2.5,"t":true,"f":false,"n":null,"a":[1,[2]],"o":{"k":{}}} )");
  const Value root = doc.root();
  EXPECT_EQ(root.size(), 8u);
  EXPECT_EQ(root.get("s").as_string(), "x");
  EXPECT_EQ(root.get("i").as_int(), -12);
  EXPECT_EQ(root.get("d").as_double(), 2.5);
  EXPECT_EQ(root.get("t").as_bool(), true);
  EXPECT_EQ(root.get("f").as_bool(), false);
  EXPECT_TRUE(root.get("n").is_null());
  EXPECT_EQ(root.get("a").at(1).at(0).as_int(), 2);
  EXPECT_EQ(root.get("o").get("k").size(), 0u);
  EXPECT_FALSE(root.get("zz").exists());
  EXPECT_FALSE(root.get("a").at(2).exists());
}

TEST(JsonDocument, IteratesMembersAndElementsInSourceOrder) {
  const Document doc = parsed(R"({"a":[1,{"x":[[],{}]},3],"b":{},"c":"z"})");
  std::string keys;
  for (const Value member : doc.root()) keys += member.key();
  EXPECT_EQ(keys, "abc");
  std::vector<std::string> raws;
  for (const Value element : doc.root().get("a")) raws.emplace_back(element.raw());
  EXPECT_THAT(raws, testing::ElementsAre("1", R"({"x":[[],{}]})", "3"));
  for (const Value none : doc.root().get("b")) FAIL() << none.raw();
  for (const Value none : doc.root().get("c")) FAIL() << none.raw();
  for (const Value none : doc.root().get("missing")) FAIL() << none.raw();
}

TEST(JsonDocument, RangesAreTheBytesOfTheSource) {
  const std::string text = R"({ "k\u0031" : [ 1.50e+3 , "a\nb" ] })";
  const Document doc = parsed(text);
  const Value list = doc.root().get("k1");
  EXPECT_EQ(list.raw(), R"([ 1.50e+3 , "a\nb" ])");
  EXPECT_EQ(list.at(0).as_number_text(), "1.50e+3");
  EXPECT_EQ(list.at(1).raw(), R"("a\nb")");
  EXPECT_EQ(list.at(1).as_string(), "a\nb");
  EXPECT_EQ(text.substr(list.key_begin(), 9), R"("k\u0031")");
  EXPECT_EQ(list.end_offset(), text.size() - 2);
  EXPECT_EQ(doc.root().raw(), text);
}

TEST(JsonDocument, ValuesSurviveAMoveOfTheirDocument) {
  Document first = parsed(R"({"a":"b"})");
  const Value a = first.root().get("a");
  const Document second = std::move(first);
  EXPECT_EQ(a.as_string(), "b");
}

TEST(JsonDocument, ReparseForgetsTheTextBefore) {
  Document doc = parsed(R"({"a":"\n"})");
  ASSERT_TRUE(doc.reparse(R"(["\t\u00e9"])"));
  EXPECT_EQ(doc.root().at(0).as_string(), "\t\xc3\xa9");
  EXPECT_FALSE(doc.reparse("["));
  EXPECT_FALSE(doc.root().exists());
  ASSERT_TRUE(doc.reparse("7"));
  EXPECT_EQ(doc.root().as_int(), 7);
}

TEST(JsonDocument, NamesTheFieldThatIsWrong) {
  const Document doc = parsed(R"({"max_tokens":"5","messages":[{},{"content":7}]})");
  const auto wrong = doc.root().get("max_tokens").as_int();
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::invalid_request);
  EXPECT_EQ(wrong.error().message, "`max_tokens` must be an integer, not a string.");
  EXPECT_EQ(wrong.error().param, "max_tokens");
  const auto nested = doc.root().get("messages").at(1).get("content").as_string();
  EXPECT_EQ(nested.error().param, "messages[1].content");
  const auto missing = doc.root().get("messages").at(0).get("role").as_string();
  EXPECT_EQ(missing.error().message, "`messages[0].role` is required.");
  EXPECT_EQ(Value().as_string().error().param, "");
}

TEST(JsonDocument, QuietFormsFallBack) {
  const Document doc = parsed(R"({"s":"x","i":3,"b":true,"n":null})");
  EXPECT_EQ(doc.root().get("s").string_or("y"), "x");
  EXPECT_EQ(doc.root().get("i").string_or("y"), "y");
  EXPECT_EQ(doc.root().get("n").int_or(9), 9);
  EXPECT_EQ(doc.root().get("i").int_or(9), 3);
  EXPECT_TRUE(doc.root().get("b").bool_or(false));
  EXPECT_TRUE(doc.root().get("zz").bool_or(true));
}

TEST(JsonDocument, IntegersAreReadByValueAndNeverThroughADouble) {
  const Document doc = parsed(
      "[9223372036854775807,-9223372036854775808,9223372036854775808,1e3,1.0,1.5,1e400,-0,"
      "9007199254740993,10.0e-1,1e99999999999999999999]");
  const Value list = doc.root();
  EXPECT_EQ(list.at(0).as_int(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(list.at(1).as_int(), std::numeric_limits<std::int64_t>::min());
  EXPECT_THAT(list.at(2).as_int().error().message, HasSubstr("out of the range"));
  EXPECT_EQ(list.at(3).as_int(), 1000);
  EXPECT_EQ(list.at(4).as_int(), 1);
  EXPECT_THAT(list.at(5).as_int().error().message, HasSubstr("without a fraction"));
  EXPECT_FALSE(list.at(6).as_int());
  EXPECT_EQ(list.at(7).as_int(), 0);
  EXPECT_EQ(list.at(8).as_int(), 9007199254740993);
  EXPECT_EQ(list.at(9).as_int(), 1);
  EXPECT_FALSE(list.at(10).as_int());
}

TEST(JsonDocument, DoublesOutsideTheirRangeAreTold) {
  const Document doc = parsed("[1e400,-1e400,1e-400,0.1]");
  EXPECT_FALSE(doc.root().at(0).as_double());
  EXPECT_FALSE(doc.root().at(1).as_double());
  EXPECT_EQ(doc.root().at(2).as_double(), 0.0);
  EXPECT_EQ(doc.root().at(3).as_double(), 0.1);
}

TEST(JsonDocument, DuplicateKeysAreFoundAndTheFirstIsRead) {
  const Document doc = parsed(R"({"a":1,"b":2,"\u0061":3})");
  EXPECT_EQ(doc.root().get("a").as_int(), 1);
  EXPECT_EQ(doc.root().duplicate_key(), "a");
  EXPECT_FALSE(parsed(R"({"a":{"b":1},"b":2})").root().duplicate_key());
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_FALSE(parsed(many + "\"k\":0}").root().duplicate_key());
  EXPECT_EQ(parsed(many + "\"k17\":0}").root().duplicate_key(), "k17");
}

TEST(JsonDocument, LimitsAreKeptWhileReading) {
  const auto code = [](std::string_view text, Limits limits) {
    const auto doc = Document::parse(text, limits);
    return doc ? Code::internal : doc.error().code;  // internal stands for success here
  };
  EXPECT_EQ(code("[[[1]]]", {.depth = 3}), Code::internal);
  EXPECT_EQ(code("[[[[1]]]]", {.depth = 3}), Code::too_large);
  EXPECT_EQ(code(R"({"a":1,"b":{"c":2}})", {.keys = 3}), Code::internal);
  EXPECT_EQ(code(R"({"a":1,"b":{"c":2}})", {.keys = 2}), Code::too_large);
  EXPECT_EQ(code(R"({"a":[1,2]})", {.values = 4}), Code::internal);
  EXPECT_EQ(code(R"({"a":[1,2]})", {.values = 3}), Code::too_large);
  EXPECT_EQ(code(std::string(1'000'000, '['), {}), Code::too_large);
  EXPECT_EQ(code("[[],[],[],[]]", {.depth = 2}), Code::internal);
}

TEST(JsonDocument, FaultsAreNamedWithLineAndColumn) {
  const auto message = [](std::string_view text) { return Document::parse(text).error().message; };
  EXPECT_EQ(message("{\"a\":1,\n \"\xc3\xa9\":}"),
            "The JSON text cannot be read at line 2, column 6: a value should stand here.");
  EXPECT_THAT(message(""), HasSubstr("line 1, column 1: it ends where a value should stand"));
  EXPECT_THAT(message("[1 2]"), HasSubstr("column 4: `,` or `]`"));
  EXPECT_THAT(message("[1] x"), HasSubstr("column 5: something follows"));
  EXPECT_THAT(message("\"a\nb\""), HasSubstr("column 3: a control character"));
  EXPECT_THAT(message("\"ab"), HasSubstr("column 4: it ends within a string"));
  EXPECT_THAT(message("[\"a\xff\"]"), HasSubstr("column 4: these bytes are not UTF-8"));
  EXPECT_THAT(message("\xef\xbb\xbf{}"), HasSubstr("byte-order mark"));
  EXPECT_THAT(message(R"(["\ud800"])"), HasSubstr("column 3: this escape is half"));
}

TEST(JsonEdit, SplicesAndLeavesTheRestByteForByte) {
  const Document doc = parsed(R"({ "model" : "a", "n":1 , "x":{"y":[1]} })");
  Edit edit(doc);
  edit.replace(doc.root().get("x").get("y"), "null");
  edit.replace(doc.root().get("model"), R"("b")");
  edit.add_member(doc.root(), "z\"", "7");
  edit.replace(doc.root().get("nothing"), "!");
  EXPECT_EQ(edit.apply(), R"({ "model" : "b", "n":1 , "x":{"y":null},"z\"":7 })");
}

TEST(JsonEdit, RemovesMembersWithTheirCommas) {
  const auto without = [](std::string_view text, std::vector<std::string_view> keys, bool add) {
    const Document doc = parsed(text);
    Edit edit(doc);
    for (const std::string_view key : keys) edit.remove_member(doc.root().get(key));
    if (add) edit.add_member(doc.root(), "z", "0");
    return edit.apply();
  };
  const std::string_view text = R"({"a":1, "b":2, "c":3})";
  EXPECT_EQ(without(text, {"a"}, false), R"({"b":2, "c":3})");
  EXPECT_EQ(without(text, {"b"}, false), R"({"a":1, "c":3})");
  EXPECT_EQ(without(text, {"c"}, false), R"({"a":1, "b":2})");
  EXPECT_EQ(without(text, {"c", "b"}, false), R"({"a":1})");
  EXPECT_EQ(without(text, {"a", "c"}, false), R"({"b":2})");
  EXPECT_EQ(without(text, {"a", "b", "c", "a"}, false), "{}");
  EXPECT_EQ(without(text, {"a", "b", "c"}, true), R"({"z":0})");
  EXPECT_EQ(without(text, {"b", "c"}, true), R"({"a":1,"z":0})");
  EXPECT_EQ(without("{ }", {}, true), R"({ "z":0})");
  EXPECT_EQ(without("[1]", {"a"}, true), "[1]");
}

TEST(JsonString, QuotesWhatMustBeQuoted) {
  EXPECT_EQ(quote("a\"\\\b\f\n\r\t\x01\x1f\x7f/"),
            "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/\"");
  EXPECT_EQ(quote("\xc3\xa9\xff\xf0\x9f\x98\x80\xed\xa0\x80"),
            "\"\xc3\xa9\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(quote(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(JsonWriter, PutsCommasAndEscapes) {
  std::string out;
  Writer w(out);
  w.begin_object().field("s", "a\"b").field("i", -3).field("u", ~std::uint64_t{0});
  w.key("list").begin_array().value(1).value(true).null().begin_object().end_object().end_array();
  w.field("d", 0.1).field("cost", *FemtoUsd::parse("0.0000928")).optional_field("no", "");
  w.raw_field("raw", "[1]").field("nan", std::numeric_limits<double>::quiet_NaN()).end_object();
  EXPECT_EQ(out, R"({"s":"a\"b","i":-3,"u":18446744073709551615,"list":[1,true,null,{}],"d":0.1,)"
                 R"("cost":"0.0000928","raw":[1],"nan":null})");
}

TEST(JsonWriter, ArraysInArraysKeepTheirCommas) {
  std::string out;
  Writer w(out);
  w.begin_array();
  for (int i = 0; i < 2; ++i) w.begin_array().value(i).value("x").end_array();
  w.end_array();
  EXPECT_EQ(out, R"([[0,"x"],[1,"x"]])");
}

}  // namespace
}  // namespace maester::json
