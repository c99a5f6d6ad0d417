#include "evals/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maester::evals {
namespace {

using testing::HasSubstr;

const Value& vars() {
  static const Value kVars = *parse_json(
      R"({"name":"Ada","n":3,"none":null,"list":["a","b","c"],"user":{"first":"Bob","tags":["x"]},
          "rows":[{"k":"one","v":1},{"k":"two","v":2}],"evil":"{{ name }}","pad":"  hi  ","text":"a,b"})");
  return kVars;
}

std::string render(std::string_view source) {
  const auto parsed = Template::parse(source);
  if (!parsed) return "ERROR " + parsed.error().message;
  const auto out =
      parsed->render([](std::string_view name) -> const Value& { return vars().get(name); });
  return out ? *out : "ERROR " + out.error().message;
}

struct Case {
  std::string_view source, wanted;
};

TEST(EvalTemplate, RendersTheSubset) {
  for (const Case& one : {
           Case{"Hello {{ name }}!", "Hello Ada!"},
           Case{"{{name}}{{missing}}{{none}}.", "Ada."},
           Case{"{{ 1 + 1 }} {{ 7 // 2 }} {{ 2 ** 3 }} {{ 7 % 4 }} {{ 1 / 4 }}", "2 3 8 3 0.25"},
           Case{"{{ 'a' ~ n }} {{ 'a' + n }}", "a3 a3"},
           Case{"{{ user.first }} {{ user['first'] }} {{ list[1] }}", "Bob Bob b"},
           Case{"{{ name | upper }} {{ name|lower }} {{ pad | trim }}", "ADA ada hi"},
           Case{"{{ missing | default('x') }} {{ '' | default('y', true) }}", "x y"},
           Case{"{{ list | join(', ') }} {{ list | length }} {{ list | first }}{{ list | last }}",
                "a, b, c 3 ac"},
           Case{"{{ user | dump }}", R"({"first":"Bob","tags":["x"]})"},
           Case{"{{ ('[1,2]' | load)[1] }}", "2"},
           Case{"{% if n > 2 and name == 'Ada' %}yes{% else %}no{% endif %}", "yes"},
           Case{"{% if not n %}a{% elif n == 3 %}b{% else %}c{% endif %}", "b"},
           Case{"{% for x in list %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% "
                "endfor %}",
                "1a,2b,3c"},
           Case{"{% for k, v in user %}{{ k }};{% endfor %}", "first;tags;"},
           Case{"{% for r in rows %}{{ r.k }}={{ r.v }} {% endfor %}", "one=1 two=2 "},
           Case{"{% for x in missing %}x{% else %}empty{% endfor %}", "empty"},
           Case{"{% set y = n * 2 %}{{ y }}", "6"},
           Case{"{% raw %}{{ name }}{% endraw %}", "{{ name }}"},
           Case{"a{# {{ name }} #}b", "ab"},
           Case{"a {{- name -}} b", "aAdab"},
           Case{"{{ 'x' if n == 3 else 'y' }} {{ 'x' if n == 4 }}", "x "},
           Case{
               "{{ 'b' in list }} {{ 'z' not in list }} {{ name is defined }} {{ q is undefined }}",
               "true true true true"},
           Case{"{{ name.toUpperCase() }} {{ name.length }} {{ text.split(',')[1] }}", "ADA 3 b"},
           Case{"{ \"json\": {\"a\": 1} }", "{ \"json\": {\"a\": 1} }"},
           Case{"{{ 0.1 + 0.2 }} {{ 10000000000000000000000 }} {{ 5 / 0 }}",
                "0.30000000000000004 1e+22 Infinity"},
       }) {
    EXPECT_EQ(render(one.source), one.wanted) << one.source;
  }
}

TEST(EvalTemplate, PutsValuesInWithoutLookingAtThem) {
  EXPECT_EQ(render("<{{ evil }}>"), "<{{ name }}>");
  EXPECT_EQ(render("{{ evil | upper }}"), "{{ NAME }}");
}

TEST(EvalTemplate, RefusesWhatItDoesNotKnowWithItsLine) {
  for (const std::string_view source :
       {"{{ name", "{% if n %}x", "{% include 'a' %}", "{{ name | nofilter }}", "{{ eval('x') }}",
        "{% endif %}", "{% for x %}{% endfor %}", "{{ a.b( }}", "{{ constructor() }}", "{# x"}) {
    EXPECT_THAT(render(source), HasSubstr("ERROR the template, line 1")) << source;
  }
  EXPECT_THAT(render("\n\n{% nosuch %}"), HasSubstr("line 3: the tag `nosuch` is not supported"));
}

TEST(EvalTemplate, IsBounded) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "(";
  EXPECT_THAT(render("{{ " + deep), HasSubstr("ERROR"));
  std::string loops = "x", ends;
  for (int i = 0; i < 30; ++i) {
    loops = "{% for a in list %}" + loops;
    ends += "{% endfor %}";
  }
  EXPECT_THAT(render(loops + ends), HasSubstr("too many steps"));
}

Result<Value> script(std::string_view source) {
  TRY_ASSIGN(const Expression parsed, parse_expression(source, Dialect::script));
  static const Value kOutput = Value::of("Hello 😀 World");
  static const Value kNone;
  Budget budget;
  return evaluate(
      parsed,
      [](std::string_view name) -> const Value& { return name == "output" ? kOutput : kNone; },
      budget);
}

TEST(EvalExpression, ReckonsAsJavaScriptDoes) {
  for (const Case& one : {
           Case{"output.length === 14", "true"},
           Case{"output.toUpperCase()", "\"HELLO 😀 WORLD\""},
           Case{"output.includes('World') && !output.startsWith(\"x\")", "true"},
           Case{"output.length > 100 ? 1 : 0.5", "0.5"},
           Case{"JSON.parse('{\"a\":[1,2]}').a[1]", "2"},
           Case{"({pass: true, score: 0.5, reason: 'r'})",
                R"({"pass":true,"score":0.5,"reason":"r"})"},
           Case{"/w[a-z]+D$/i.test(output)", "true"},
           Case{"1 == '1' && 1 !== '1'", "true"},
           Case{"Math.max(1, 3, 2) + Number('4')", "7"},
           Case{"output.split(' ').length", "3"},
           Case{"typeof output", "\"string\""},
           Case{"null ?? 'x'", "\"x\""},
       }) {
    const auto value = script(one.source);
    ASSERT_TRUE(value) << one.source << ": " << value.error().message;
    EXPECT_EQ(value->json(), one.wanted) << one.source;
  }
}

TEST(EvalExpression, RefusesCode) {
  for (const std::string_view source :
       {"process.exit(1)", "require('fs')", "() => 1", "output.map(x => x)", "a = 1", "fetch('x')",
        "output; 1", "new Date()", "function() {}", "return 1", "`${output}`",
        "output.constructor('x')", "this", "import('x')", "(async () => 1)()"}) {
    EXPECT_FALSE(parse_expression(source, Dialect::script)) << source;
  }
}

}  // namespace
}  // namespace maester::evals
