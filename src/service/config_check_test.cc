// Mistakes between values, and warnings.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "service/config_test_support.h"

namespace sensorium::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConfigMeaning : public ConfigTest {
 protected:
  ConfigReport report(std::string_view toml) const {
    ConfigSources named = sources();
    named.file = write("check.toml", toml);
    ::chmod(named.file.c_str(), S_IRUSR | S_IWUSR);
    return config_check(named);
  }
};

TEST_F(ConfigMeaning, AcceptsAddressesToListenOn) {
  for (const std::string_view good : {"127.0.0.1:0", "[::1]:7373", "localhost:80", "0.0.0.0:65535"})
    EXPECT_TRUE(parsed("[server]\nlisten = \"" + std::string(good) + "\"\n")) << good;
}

TEST_F(ConfigMeaning, RefusesOtherAddresses) {
  for (const std::string_view bad :
       {"7373", ":7373", "localhost", "a:b", "a:70000", "a:-1", "::1:80", "http://a:80", "a b:80", "[::1]"}) {
    const Error error = error_of("[server]\nlisten = \"" + std::string(bad) + "\"\n");
    EXPECT_THAT(error.message, HasSubstr("test.toml:2:1")) << bad;
    EXPECT_EQ(error.param, "server.listen");
  }
}

TEST_F(ConfigMeaning, RefusesBadChains) {
  EXPECT_THAT(error_of("[models]\nrecord = \"a\"\nreplay = \"b\"\n").message, HasSubstr("same time"));
  EXPECT_THAT(error_of("[cache]\nbackend = \"memcached\"\n").message, HasSubstr("no place for answers"));
  EXPECT_THAT(error_of("[models.alias.a]\nchain = []\n").message, HasSubstr("no chain"));
  EXPECT_THAT(error_of("[models.alias.a]\n").message, HasSubstr("no chain"));
  EXPECT_THAT(error_of("[models.alias.a]\nchain = [\"\"]\n").message, HasSubstr("empty name"));
  EXPECT_THAT(error_of("[models.alias.a]\nchain = [\"a\"]\n").message, HasSubstr("a -> a"));
  EXPECT_THAT(
      error_of("[models.alias.a]\nchain = [\"reader\", \"b\"]\n[models.alias.b]\nchain = [\"a\"]\n").message,
      HasSubstr("a -> b -> a"));
  EXPECT_THAT(error_of("[models.alias.auto]\nchain = [\"reader\"]\n").message, HasSubstr("a name of ours"));
  EXPECT_THAT(error_of("[models.alias.reader]\nchain = [\"openai/x\"]\n").message,
              HasSubstr("a name of ours"));
}

TEST_F(ConfigMeaning, FollowsWideChainsQuickly) {
  std::string toml;
  constexpr int levels = 40;
  for (int level = 0; level < levels; ++level)
    toml += "[models.alias.a" + std::to_string(level) + "]\nchain = [\"a" + std::to_string(level + 1) +
            "\", \"a" + std::to_string(level + 1) + "\"]\n";
  toml += "[models.alias.a" + std::to_string(levels) + "]\nchain = [\"reader\"]\n";
  EXPECT_TRUE(parsed(toml));
}

TEST_F(ConfigMeaning, RefusesEnginesNobodyKnows) {
  EXPECT_THAT(error_of("[engines.mine]\nretries = 1\n").message, HasSubstr("[engines.mine] has no base_url"));
  EXPECT_THAT(error_of("[engines.mine]\ntype = \"opnai\"\n").hint, HasSubstr("\"openai\""));
  EXPECT_THAT(error_of("[engines.mine]\ntype = \"magic\"\n").message, HasSubstr("no engine \"magic\""));
  EXPECT_THAT(error_of("[engines.openai]\nbase_url = \"ftp://x\"\n").message, HasSubstr("test.toml:2:1"));
  EXPECT_FALSE(parsed("[engines.openai]\nbase_url = \"https://user:word@example.com\"\n"));
}

TEST_F(ConfigMeaning, RefusesAnAddressOfOurOwn) {
  for (const std::string_view url :
       {"http://127.0.0.1:7373/v1", "http://localhost:7373", "http://[::1]:7373", "http://0.0.0.0:7373"})
    EXPECT_THAT(error_of("[engines.openai]\nbase_url = \"" + std::string(url) + "\"\n").message,
                HasSubstr("this service itself"))
        << url;
  EXPECT_TRUE(parsed("[engines.openai]\nbase_url = \"http://127.0.0.1:7374\"\n"));
  flags_ = {{"server.listen", "127.0.0.1:7374"}};
  EXPECT_TRUE(parsed("[engines.openai]\nbase_url = \"http://127.0.0.1:7373\"\n"));
}

TEST_F(ConfigMeaning, ReportsEveryMistakeAtOnce) {
  const auto found = report("[server]\nlisen = 1\nworkers = -1\n[models.alias.a]\nchain = []\n");
  EXPECT_EQ(found.errors.size(), 3U);
  EXPECT_EQ(found.file, path("check.toml"));
}

TEST_F(ConfigMeaning, IsQuietAboutAGoodFile) {
  const auto found = report(
      "[models.alias.a]\nchain = [\"openai/x\", \"reader\", \"local/y\", \"auto\"]\n[keys.k]\nkey = "
      "\"0123456789abcdef\"\n");
  EXPECT_THAT(found.errors, IsEmpty());
  EXPECT_THAT(found.warnings, IsEmpty());
}

TEST_F(ConfigMeaning, ReportsAMissingFile) {
  ConfigSources named = sources();
  named.file = path("missing.toml");
  EXPECT_EQ(config_check(named).errors.size(), 1U);
}

TEST_F(ConfigMeaning, WarnsOfAnOpenDoor) {
  EXPECT_THAT(report("[server]\nlisten = \"0.0.0.0:7373\"\n").warnings, ElementsAre(HasSubstr("--no-auth")));
  EXPECT_THAT(report("[server]\nlisten = \"0.0.0.0:7373\"\n[keys.k]\nkey = \"0123456789abcdef\"\n").warnings,
              IsEmpty());
}

TEST_F(ConfigMeaning, WarnsOfKeysThatAreEasyToSteal) {
  EXPECT_THAT(report("[keys.k]\nkey = \"short\"\n").warnings, ElementsAre(HasSubstr("shorter than 16")));
  EXPECT_THAT(report("[keys.k]\n").warnings, ElementsAre(HasSubstr("lets nobody in")));
  EXPECT_THAT(report("[keys.a]\nkey = \"0123456789abcdef\"\n[keys.b]\nkey = \"0123456789abcdef\"\n").warnings,
              ElementsAre(HasSubstr("the same key")));
  EXPECT_THAT(report("[engines.x]\nbase_url = \"http://example.com\"\napi_key = \"k\"\n").warnings,
              ElementsAre(HasSubstr("use https")));
}

TEST_F(ConfigMeaning, WarnsOfAFileThatOthersCanRead) {
  ConfigSources named = sources();
  named.file = write("open.toml", "[engines.openai]\napi_key = \"sk-1\"\n");
  ::chmod(named.file.c_str(), S_IRUSR | S_IWUSR | S_IRGRP);
  EXPECT_THAT(config_check(named).warnings, Contains(HasSubstr("can be read by other users")));
}

TEST_F(ConfigMeaning, WarnsOfModelsNobodyHas) {
  EXPECT_THAT(report("[models.alias.a]\nchain = [\"opnai/x\", \"gpt\"]\n").warnings,
              ElementsAre(HasSubstr("\"opnai/x\""), HasSubstr("\"gpt\"")));
}

}  // namespace
}  // namespace sensorium::config
