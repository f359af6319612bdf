// Two hundred broken answers (ten answers broken in twenty ways) and single cases of what models do to JSON.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <functional>

#include "base/json.h"
#include "base/text.h"
#include "pipeline/extract.h"
#include "pipeline/loose_json.h"

namespace sensorium::pipeline {
namespace {

struct Base {
  std::string_view schema, answer;
};
constexpr std::array bases{
    Base{"name, age int, items: list", R"({"name":"Anna Berg","age":42,"items":["apples","two pears"]})"},
    Base{
        "shop, total number, paid bool, lines list {text, price number}",
        R"({"shop":"Corner & Co.","total":18.5,"paid":true,"lines":[{"text":"Soup, large","price":9.25},{"text":"Bread","price":9.25}]})"},
    Base{"title, author?, year int", R"({"title":"The Quiet Sea","author":"O'Brien, Kate","year":1931})"},
    Base{"名称, 数量 int, 价格 number", R"({"名称":"苹果，红色","数量":3,"价格":12.5})"},
    Base{
        "address {street, city, zip}, phones list",
        R"({"address":{"street":"12 Mill St. (rear) 3","city":"Oxford","zip":"OX1 2AB"},"phones":["+44 1632 960183"]})"},
    Base{
        R"({"type":"object","properties":{"kind":{"enum":["invoice","receipt","letter"]},"pages":{"type":"integer"}},"required":["kind","pages"]})",
        R"({"kind":"receipt","pages":2})"},
    Base{"signed bool, stamped bool, marks list of int",
         R"({"signed":false,"stamped":true,"marks":[3,17,29]})"},
    Base{"label, where box, score number", R"({"label":"dog","where":[10,20,300,400],"score":0.93})"},
    Base{
        R"({"type":"array","items":{"type":"object","properties":{"word":{"type":"string"},"count":{"type":"integer"}},"required":["word","count"]}})",
        R"([{"word":"quay","count":2},{"word":"ferry","count":5}])"},
    Base{
        R"({"type":"object","properties":{"vat":{"type":["string","null"]},"net":{"type":"number"},"note":{"type":"string"}},"required":["vat","net","note"],"additionalProperties":false})",
        R"({"vat":null,"net":100.25,"note":"Pay in 30 days: no fee, else 5%"})"},
};

/// How an answer is written down.
struct Style {
  std::string open = "\"", close = "\"";
  std::string key_open = "\"", key_close = "\"";
  bool lines = true, trailing_comma = false, commas = true, python = false, comments = false,
       texts_only = false;
  std::function<std::string(std::string)> key = [](std::string name) { return name; };
};

std::string written(const json::value& value, const Style& style, int depth = 0) {
  const std::string gap = style.lines ? "\n" + std::string(static_cast<std::size_t>(depth) * 2 + 2, ' ') : "";
  const std::string last = style.lines ? "\n" + std::string(static_cast<std::size_t>(depth) * 2, ' ') : "";
  const std::string comma = style.commas ? (style.lines ? "," : ", ") : "";
  const auto joined = [&](const std::vector<std::string>& parts, std::string_view brackets) {
    std::string out(1, brackets[0]);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      out += gap + parts[i];
      if (i + 1 < parts.size() || style.trailing_comma) out += comma;
      if (style.comments) out += "  // seen in the picture";
    }
    return out + last + brackets[1];
  };
  std::vector<std::string> parts;
  if (const auto* object = value.if_object()) {
    for (const auto& [name, member] : *object)
      parts.push_back(style.key_open + style.key(std::string(name)) + style.key_close + ": " +
                      written(member, style, depth + 1));
    return joined(parts, "{}");
  }
  if (const auto* list = value.if_array()) {
    for (const auto& one : *list) parts.push_back(written(one, style, depth + 1));
    return joined(parts, "[]");
  }
  if (const auto* text = value.if_string()) {
    std::string escaped(*text);
    if (style.open == "'")
      for (auto at = escaped.find('\''); at != std::string::npos; at = escaped.find('\'', at + 2))
        escaped.insert(at, "\\");
    return style.open + escaped + style.close;
  }
  if (style.python && value.is_null()) return "None";
  if (style.python && value.is_bool()) return value.get_bool() ? "True" : "False";
  const std::string plain = json::serialize(value);
  return style.texts_only && !value.is_null() ? "\"" + plain + "\"" : plain;
}

std::string plain(const json::value& value) { return written(value, Style{}); }

std::string title(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

/// Without the brackets at its end.
std::string without_end(std::string text) {
  text.resize(text.find_last_not_of("}] \n") + 1);
  return text;
}

struct Way {
  std::string_view name;
  std::string (*broken)(const json::value&);
};
const std::array ways{
    Way{"prose",
        [](const json::value& v) {
          return "Sure! Here is what I can read in the picture:\n\n" + plain(v) +
                 "\n\nLet me know if you need more.";
        }},
    Way{"fence", [](const json::value& v) { return "```json\n" + plain(v) + "\n```"; }},
    Way{"fence in prose",
        [](const json::value& v) {
          return "The answer [1] follows {as asked}:\n```\n" + plain(v) + "\n```\nIt is certain.";
        }},
    Way{"fence without end", [](const json::value& v) { return "```json\n" + plain(v); }},
    Way{"trailing commas", [](const json::value& v) { return written(v, {.trailing_comma = true}); }},
    Way{"single quotes",
        [](const json::value& v) {
          return written(v, {.open = "'", .close = "'", .key_open = "'", .key_close = "'", .lines = false});
        }},
    Way{"Python",
        [](const json::value& v) {
          return written(
              v,
              {.open = "'", .close = "'", .key_open = "'", .key_close = "'", .lines = false, .python = true});
        }},
    Way{"keys without quotes",
        [](const json::value& v) { return written(v, {.key_open = "", .key_close = ""}); }},
    Way{"comments", [](const json::value& v) { return written(v, {.comments = true}); }},
    Way{"end missing",
        [](const json::value& v) {
          return without_end(plain(v)) + (without_end(plain(v)).back() == '"' ? "" : "\n");
        }},
    Way{"numbers as texts", [](const json::value& v) { return written(v, {.texts_only = true}); }},
    Way{"names in other case", [](const json::value& v) { return written(v, {.key = title}); }},
    Way{"wrapped", [](const json::value& v) { return "{\"result\": " + plain(v) + "}"; }},
    Way{"one more field",
        [](const json::value& v) {
          return v.is_array() ? plain(v) : "{\"confidence\": 0.9, " + plain(v).substr(1);
        }},
    Way{"curly quotes",
        [](const json::value& v) {
          return written(v, {.open = "“", .close = "”", .key_open = "“", .key_close = "”"});
        }},
    Way{"commas missing", [](const json::value& v) { return written(v, {.commas = false}); }},
    Way{"thought aloud",
        [](const json::value& v) {
          return "<think>Maybe {\"name\": \"x\", \"kind\": \"letter\"}? No.</think>\n" + plain(v);
        }},
    Way{"JSON in a string", [](const json::value& v) { return text::json_quote(plain(v)); }},
    Way{"all of it",
        [](const json::value& v) {
          return "Result:\n```python\n" + written(v, {.open = "'",
                                                      .close = "'",
                                                      .key_open = "",
                                                      .key_close = "",
                                                      .trailing_comma = true,
                                                      .python = true,
                                                      .comments = true});
        }},
    Way{"cut in the middle",
        [](const json::value& v) { return plain(v).substr(0, plain(v).size() * 3 / 5); }},
};

TEST(Extract, NineteenOfTwentyBrokenAnswersAreReadWithoutAskingAgain) {
  const PlaceFrame frame{EngineCard::Coordinates::sent_pixels, {{{1000, 800}, {1000, 800}}}};
  int read = 0, cases = 0;
  std::string missed;
  for (const Base& base : bases) {
    const auto schema = schema_from(base.schema);
    ASSERT_TRUE(schema) << base.schema << sentence(schema.error());
    const json::value truth = *json::parse(base.answer);
    for (const Way& way : ways) {
      ++cases;
      const std::string text = way.broken(truth);
      const auto got = read_answer(*schema, text, frame);
      json::value seen = got.valid() ? *json::parse(got.data) : json::value();
      // A field more that the schema does not forbid is no fault.
      if (auto* object = seen.if_object();
          object && truth.is_object() && !truth.get_object().contains("confidence"))
        object->erase("confidence");
      if (got.valid() && seen == truth) ++read;
      else
        missed +=
            fmt::format("{}: {}\n  gave {} {}\n", way.name, text, got.data, fmt::join(got.problems, "; "));
      if (!got.valid()) EXPECT_TRUE(got.data.empty() || !got.problems.empty()) << "asking again needs words";
    }
  }
  EXPECT_EQ(cases, 200);
  EXPECT_GE(read, 190) << missed;
  RecordProperty("read", read);
  if (read < cases)
    std::fputs(fmt::format("{} of {} read; the rest:\n{}", read, cases, missed).c_str(), stderr);
}

std::string first(std::string_view text) {
  auto found = json_candidates(text);
  return found.empty() ? "" : found.front().json;
}

TEST(LooseJson, StrictJsonComesBackAsItIs) {
  for (const std::string_view text :
       {R"({"a":[1,2.5e3,-0.1,true,null,"x\"y\\z\u00e9"],"b":{}})", R"([])", R"([{"a":"it's, \"b\": 1"}])"}) {
    const auto found = json_candidates(text);
    ASSERT_FALSE(found.empty()) << text;
    EXPECT_EQ(*json::parse(found.front().json), *json::parse(text));
    EXPECT_TRUE(found.front().exact) << text;
  }
}

TEST(LooseJson, WhatModelsDoIsUndone) {
  EXPECT_EQ(first(R"({"said": "He said "no", then left", "n": 1})"),
            R"({"said":"He said \"no\", then left","n":1})");
  EXPECT_EQ(first("{'a': 'it's here', 'b': (1, 2)}"), R"({"a":"it's here","b":[1,2]})");
  EXPECT_EQ(first("{a: .5, b: +3, c: 007, d: 0x1F, e: 1_000, f: 5., g: NaN}"),
            R"({"a":0.5,"b":3,"c":7,"d":31,"e":1000,"f":5.0,"g":null})");
  EXPECT_EQ(first("{\"text\": \"line one\nline two\"}"), R"({"text":"line one\nline two"})");
  EXPECT_EQ(first(R"({"path": "C:\data\_x", "mark": "\*"})"), R"({"path":"C:\\data_x","mark":"*"})");
  EXPECT_EQ(first(R"({"a": [1, 2, ...], "b": "x" /* yes */ # no
})"),
            R"({"a":[1,2],"b":"x"})");
  EXPECT_EQ(first(R"({"weight": 12 kg, "colour": dark red})"), R"({"weight":"12 kg","colour":"dark red"})");
  EXPECT_EQ(first(R"({"a" => 1; "b" = 2})"), R"({"a":1,"b":2})");
  EXPECT_EQ(first(R"({"emoji": "\ud83d\ude00", "lone": "\ud83d"})"),
            "{\"emoji\":\"😀\",\"lone\":\"\uFFFD\"}");
  EXPECT_EQ(first("- **Name**: Anna\n- Age: 42\n"), R"({"Name":"Anna","Age":42})");
}

TEST(LooseJson, ACutAnswerKeepsWhatWasWhole) {
  const auto closed = [](std::string_view text) {
    const auto found = json_candidates(text);
    return found.empty() || !found.front().closed ? "" : found.front().json;
  };
  EXPECT_EQ(closed(R"({"a": 1, "b": [1, 2)"), R"({"a":1,"b":[1]})") << "more digits may have followed";
  EXPECT_EQ(closed(R"({"a": 1, "b": "half a wo)"), R"({"a":1,"b":"half a wo"})");
  EXPECT_EQ(closed(R"({"a": 1, "lon)"), R"({"a":1})");
  EXPECT_EQ(closed(R"({"a": 1, "b":)"), R"({"a":1})");
  EXPECT_EQ(closed(R"({"a": 1,)"), R"({"a":1})");
  EXPECT_EQ(closed(R"({"a": {"b": [{"c": tr)"), R"({"a":{"b":[{}]}})");
}

TEST(LooseJson, NothingBreaksIt) {
  const std::string deep(100'000, '['), braces(100'000, '{');
  for (const std::string& text :
       {std::string(), std::string("no JSON at all"), std::string("{"), std::string("\"{"),
        std::string("{\"a\":"), deep, braces, std::string("\x00\xff{\"\xff\": '\xfe'", 12),
        std::string("```"), std::string("{,,,}"), std::string("[}{]")})
    for (const auto& candidate : json_candidates(text))
      EXPECT_TRUE(json::parse(candidate.json)) << text::printable(candidate.json.substr(0, 200));
  // Whatever is cut or changed, what comes out is strict JSON.
  const std::string source = R"(Text ```json {"a": [1, 'two', {b: "c \"d\" \u00e9"}], "e": None, // x
 "f": "g"} ``` {"h": 1})";
  for (std::size_t i = 0; i < source.size(); ++i) {
    std::string changed = source;
    for (const char c : {'"', '{', ']', '\\', ',', '\n'}) {
      changed[i] = c;
      for (const auto& candidate : json_candidates(changed))
        EXPECT_TRUE(json::parse(candidate.json)) << changed << " -> " << candidate.json;
    }
    for (const auto& candidate : json_candidates(source.substr(0, i)))
      EXPECT_TRUE(json::parse(candidate.json)) << source.substr(0, i);
  }
}

TEST(Fit, MeaningIsKeptAndNothingInvented) {
  const auto fitted = [](std::string_view schema, std::string_view data) {
    return schema_from(schema)->fitted(data);
  };
  EXPECT_EQ(fitted("n number", R"({"n":"$1,234.50"})"), R"({"n":1234.5})");
  EXPECT_EQ(fitted("n int", R"({"n":"1.234.567,00 €"})"), R"({"n":1234567})");
  EXPECT_EQ(fitted("n int", R"({"n":"about a dozen"})"), R"({"n":"about a dozen"})");
  EXPECT_EQ(fitted("n int", R"({"n":3.5})"), R"({"n":3.5})");
  EXPECT_EQ(fitted("ok bool", R"({"ok":"Yes"})"), R"({"ok":true})");
  EXPECT_EQ(fitted("ok bool", R"({"ok":"perhaps"})"), R"({"ok":"perhaps"})");
  EXPECT_EQ(fitted("names list", R"({"names":"Anna; Ben"})"), R"({"names":["Anna","Ben"]})");
  EXPECT_EQ(fitted("names list", R"({"names":"Anna"})"), R"({"names":["Anna"]})");
  EXPECT_EQ(fitted("first_name", R"({"First Name":"Anna"})"), R"({"first_name":"Anna"})");
  EXPECT_EQ(fitted("name, note?", R"({"name":"x","note":null,"more":1})"), R"({"name":"x"})");
  EXPECT_EQ(fitted("zip", R"({"zip":12345})"), R"({"zip":"12345"})");
  EXPECT_EQ(fitted("name", R"({"age":3})"), R"({})");
}

TEST(Schema, TheShortFormIsASchema) {
  EXPECT_EQ(
      *schema_of_words("name, age int, items: list"),
      R"({"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"items":{"type":"array","items":{"type":"string"}}},)"
      R"("required":["name","age","items"],"additionalProperties":false})");
  EXPECT_EQ(
      *schema_of_words("age? int: in years\nspots list of points"),
      R"({"type":"object","properties":{"age":{"type":"integer","description":"in years"},"spots":{"type":"array","items":)"
      R"({"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":2,"format":"point","description":"[x, y]"}}},)"
      R"("required":["spots"],"additionalProperties":false})");
  for (const std::string_view wrong :
       {"", " , ", "\"x\" int", "a, a", ": text", "a {b {c {d {e {f {g {h {i {j}}}}}}}}}"}) {
    const auto schema = schema_of_words(wrong);
    ASSERT_FALSE(schema) << wrong;
    EXPECT_EQ(schema.error().param, "schema");
    EXPECT_FALSE(schema.error().hint.empty());
  }
}

TEST(Schema, TheValidatorSaysWhatIsWrong) {
  const auto schema = schema_from("name, age int, marks list of int");
  ASSERT_TRUE(schema);
  EXPECT_TRUE(schema->problems(R"({"name":"A","age":1,"marks":[1]})").empty());
  const auto problems = schema->problems(R"({"name":3,"age":"x","marks":[1,"b"]})");
  ASSERT_GE(problems.size(), 3U);
  const std::string all = text::join(problems, "\n");
  EXPECT_NE(all.find("name"), std::string::npos) << all;
  EXPECT_NE(all.find("marks"), std::string::npos) << all;
  EXPECT_FALSE(schema->problems("{}").empty());
  EXPECT_FALSE(schema->problems("no").empty());
}

TEST(Schema, SchemasThatCannotBeUsedAreRefused) {
  for (
      const std::string_view wrong :
      {"[]", "3", "{\"type\":", R"({"$ref":"#"})",
       R"({"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"anyOf":[{"$ref":"#/$defs/a"}]}}})",
       R"({"$ref":"https://example.org/x.json"})", R"({"$ref":"#/nowhere"})",
       R"({"properties":{"a":{"pattern":"(a+)+$"}}})", R"({"properties":{"a":{"pattern":"(["}}})",
       R"({"type":12})", R"({"properties":[]})", R"({"type":"nothing"})", R"({"minLength":-1})"}) {
    const auto schema = schema_from(wrong);
    if (wrong.starts_with('{')) { EXPECT_FALSE(schema) << wrong; }
    if (!schema) {
      EXPECT_EQ(schema.error().code, Code::invalid_request);
      EXPECT_EQ(schema.error().param, "schema");
    }
  }
  EXPECT_FALSE(Schema::compile("[]"));
  EXPECT_FALSE(Schema::compile(std::string(70'000, ' ') + "{}"));
  // One that comes back to itself through a property is a tree, and fine.
  const auto tree = Schema::compile(
      R"({"type":"object","properties":{"name":{"type":"string"},"kids":{"type":"array","items":{"$ref":"#"}}},"required":["name"]})");
  ASSERT_TRUE(tree) << sentence(tree.error());
  EXPECT_TRUE(tree->problems(R"({"name":"a","kids":[{"name":"b","kids":[]}]})").empty());
  EXPECT_FALSE(tree->problems(R"({"name":"a","kids":[{"nome":"b"}]})").empty());
  const auto pattern =
      Schema::compile(R"({"type":"object","properties":{"a":{"type":"string","pattern":"^[a-z]+$"}}})");
  ASSERT_TRUE(pattern);
  EXPECT_FALSE(pattern->problems("{\"a\":\"" + std::string(500'000, 'a') + "\"}").empty())
      << "too long to match";
}

TEST(Places, EveryFamilysHabitBecomesPixelsOfTheOriginal) {
  using Coordinates = EngineCard::Coordinates;
  const auto schema = schema_from("label, where box");
  const auto place = [&](Coordinates coordinates, std::string_view box) {
    const PlaceFrame frame{coordinates, {{{500, 400}, {1000, 800}}}};
    const auto got = read_answer(*schema, fmt::format(R"({{"label":"dog","where":{}}})", box), frame);
    return got.valid() ? got.data : text::join(got.problems, "; ");
  };
  const std::string wanted = R"({"label":"dog","where":[100,80,300,400]})";
  EXPECT_EQ(place(Coordinates::sent_pixels, "[50, 40, 150, 200]"), wanted);
  EXPECT_EQ(place(Coordinates::sent_pixels, "[[50, 40], [150, 200]]"), wanted);
  EXPECT_EQ(place(Coordinates::sent_pixels, R"({"x": 50, "y": 40, "width": 100, "height": 160})"), wanted);
  EXPECT_EQ(place(Coordinates::thousandths, "[100, 100, 300, 500]"), wanted);
  EXPECT_EQ(place(Coordinates::thousandths, "[0.1, 0.1, 0.3, 0.5]"), wanted);
  EXPECT_EQ(place(Coordinates::thousandths_yx, "[100, 100, 500, 300]"), wanted);
  EXPECT_EQ(place(Coordinates::thousandths_yx, R"({"ymin": 100, "xmin": 100, "ymax": 500, "xmax": 300})"),
            wanted);
  EXPECT_EQ(place(Coordinates::sent_pixels, "[150, 200, 50, 40]"), wanted) << "corners in the other order";
  EXPECT_EQ(place(Coordinates::sent_pixels, "[50, 40, 9999, 200]"),
            R"({"label":"dog","where":[100,80,1000,400]})");
  EXPECT_NE(place(Coordinates::sent_pixels, "[50, 40, 150]"), wanted);
  EXPECT_NE(place(Coordinates::sent_pixels, "\"top left\""), wanted);
  EXPECT_NE(schema_as_asked(*schema, Coordinates::thousandths_yx).find("ymin"), std::string::npos);
  EXPECT_EQ(schema_as_asked(*schema, Coordinates::thousandths_yx).find("format"), std::string::npos);
}

}  // namespace
}  // namespace sensorium::pipeline
