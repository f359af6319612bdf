// What is shown, and that the template and the reference page agree with the rows.
#include <gmock/gmock.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "base/text.h"
#include "service/config_keys.h"
#include "service/config_test_support.h"

namespace sensorium::config {
namespace {

using testing::HasSubstr;
using testing::Not;

class ShowConfig : public ConfigTest {};

TEST_F(ShowConfig, GivesTomlThatLoadsTheSame) {
  const Config config =
      parsed("[server]\nworkers = 3\nresume_s = 0.5\n[models.alias.a]\nchain = [\"reader\"]\n").value();
  const std::string shown = config_show(config, ShowOrigin::no);
  const Config again = parsed(shown).value();
  EXPECT_EQ(again.server.workers, 3);
  EXPECT_EQ(again.server.resume, Milliseconds(500));
  EXPECT_EQ(again.aliases.at("a").chain, std::vector<std::string>{"reader"});
  EXPECT_EQ(config_show(again, ShowOrigin::no), shown);
}

TEST_F(ShowConfig, SaysWhereValuesComeFrom) {
  variables_["SENSORIUM_LOG__LEVEL"] = "info";
  const std::string shown = config_show(parsed("[server]\nworkers = 3\n").value(), ShowOrigin::yes);
  EXPECT_THAT(shown, testing::ContainsRegex("workers = 3 +# test.toml:2:1\n"));
  EXPECT_THAT(shown, testing::ContainsRegex("level = \"info\" +# environment SENSORIUM_LOG__LEVEL\n"));
  EXPECT_THAT(shown, testing::ContainsRegex("listen = \"127.0.0.1:7373\" +# default\n"));
  EXPECT_THAT(shown, HasSubstr("state_dir = \"/var/lib/sensorium\""));
  EXPECT_THAT(shown, HasSubstr("# llama_server is not set\n"));
}

TEST_F(ShowConfig, MasksSecrets) {
  const std::string shown = config_show(
      parsed("[engines.openai]\napi_key = \"sk-hidden\"\n[keys.k]\nkey = \"hidden-too\"\n").value(),
      ShowOrigin::yes);
  EXPECT_THAT(shown, Not(HasSubstr("hidden")));
  EXPECT_THAT(shown, HasSubstr("api_key = \"********\""));
}

// Turns "# key = value" and "# [section]" into TOML and leaves sentences alone.
std::string uncommented(std::string_view text) {
  std::string out;
  for (const auto line : text::split(text, '\n')) {
    const bool section = line.starts_with("# [");
    const auto word = line.starts_with("# ") ? line.substr(2, line.find(' ', 2) - 2) : std::string_view();
    const bool key = line.starts_with("# ") && line.substr(2 + word.size()).starts_with(" = ");
    out += std::string(section || key ? line.substr(2) : line) + "\n";
  }
  return out;
}

TEST_F(ShowConfig, TemplateIsAFileThatChangesNothing) {
  const Config config = parsed(config_template()).value();
  for (const ConfigSetting& setting : config.settings) EXPECT_EQ(setting.origin, "default") << setting.key;
  EXPECT_TRUE(config.engines.empty());
}

TEST_F(ShowConfig, TemplateHoldsEveryKeyWithAValueThatIsRight) {
  std::string toml = uncommented(config_template());
  // Two files that the examples name are not on this machine, and a key stands beside each; traffic is
  // recorded or replayed, never both.
  std::string kept;
  for (const auto line : text::split(toml, '\n'))
    if (!line.contains("key_file = ") && !line.starts_with("replay = ")) kept += std::string(line) + "\n";
  const Config config = parsed(kept).value();
  for (const ConfigSection& section : sections())
    for (const ConfigKey& key : section.keys) {
      const std::string name = section_name(section, section.instance) + "." + std::string(key.option.name);
      if (name == "models.replay") continue;
      EXPECT_NE(config.origin(name), "") << name;
      if (!key.option.name.ends_with("key_file"))
        EXPECT_THAT(std::string(config.origin(name)), HasSubstr("test.toml:")) << name;
      EXPECT_THAT(toml, HasSubstr("\n" + std::string(key.option.name) + " = ")) << name;
    }
}

TEST_F(ShowConfig, ReferenceNamesEveryKey) {
  const std::string page = config_reference();
  for (const ConfigSection& section : sections())
    for (const ConfigKey& key : section.keys)
      EXPECT_THAT(page, HasSubstr("| `" + std::string(key.option.name) + "` |"));
}

TEST_F(ShowConfig, ReferencePageInTheDocsIsUpToDate) {
  const std::filesystem::path page = SN_REFERENCE_PAGE;
  if (std::getenv("SENSORIUM_UPDATE_DOCS")) std::ofstream(page) << config_reference();
  std::ifstream file(page);
  std::ostringstream content;
  content << file.rdbuf();
  EXPECT_EQ(content.str(), config_reference())
      << "run service_test with SENSORIUM_UPDATE_DOCS=1 to write it anew";
}

TEST(ConfigRows, AreWellFormed) {
  for (const ConfigSection& section : sections())
    for (const ConfigKey& key : section.keys) {
      const auto& option = key.option;
      EXPECT_FALSE(option.help.empty() || option.help.ends_with('.')) << option.name;
      EXPECT_EQ(option.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos)
          << option.name;
      EXPECT_EQ(option.type == OptionDef::Type::choice, !option.choices.empty()) << option.name;
      EXPECT_FALSE(option.default_value.empty() && key.example.empty()) << option.name;
      EXPECT_EQ(key.trait == KeyTrait::secret, option.name.ends_with("key")) << option.name;
      if (!option.default_value.empty())
        EXPECT_TRUE(convert(option, key.bounds, {std::string(option.default_value), Spelling::text}))
            << option.name;
    }
}

TEST(ConfigRows, HaveVariablesThatAreUnique) {
  std::set<std::string> names;
  for (const ConfigSection& section : sections())
    for (const ConfigKey& key : section.keys)
      EXPECT_TRUE(names.insert(variable_name(section, section.instance, key.option.name)).second);
  EXPECT_TRUE(names.contains("SENSORIUM_SERVER__LISTEN"));
  EXPECT_TRUE(names.contains("SENSORIUM_MODELS__ALIAS__FAST__CHAIN"));
  EXPECT_EQ(variable_name(sections()[3], "my-box.v1", "retries"), "SENSORIUM_ENGINES__MY_BOX_V1__RETRIES");
}

}  // namespace
}  // namespace sensorium::config
