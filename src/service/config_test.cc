// Loading: defaults, files, precedence, origins, and every mistake with its place.
#include "service/config.h"

#include <gmock/gmock.h>

#include "service/config_test_support.h"

namespace sensorium::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

class LoadConfig : public ConfigTest {};

TEST_F(LoadConfig, NeedsNothing) {
  const Config config = load_config(ConfigSources()).value();
  EXPECT_EQ(config.server.listen, "127.0.0.1:7373");
  EXPECT_EQ(config.server.max_body.bytes(), 64LL << 20);
  EXPECT_EQ(config.server.drain, 30s);
  EXPECT_EQ(config.models.default_model, "auto");
  EXPECT_EQ(config.models.timeout, 600s);
  EXPECT_EQ(config.local.keep_warm, 300s);
  EXPECT_EQ(config.local.gpu, GpuUse::automatic);
  EXPECT_EQ(config.media.max_megapixels, 100);
  EXPECT_FALSE(config.media.allow_private_addresses);
  EXPECT_EQ(config.log.level, log::Level::warning);
  EXPECT_EQ(config.log.format, log::Format::text);
  EXPECT_THAT(config.engines, IsEmpty());
  EXPECT_EQ(config.file, "");
  EXPECT_EQ(config.origin("server.listen"), "default");
}

TEST_F(LoadConfig, ReadsEverySection) {
  const Config config = parsed(R"(
[server]
listen = "[::1]:0"
workers = 2
drain_seconds = "1m"
[models]
default = "fast"
[models.alias.fast]
chain = ["openai/gpt-x", "reader"]
[engines.openai]
api_key = "sk-1"
timeout_first_token_s = 12.5
retries = 0
[engines.mine]
type = "openai"
base_url = "http://127.0.0.1:9999/v1"
[local]
gpu = "off"
max_memory_mb = 2000
[media]
allow_private_addresses = true
[log]
level = "debug"
format = "json"
[keys.laptop]
key = "0123456789abcdef"
)")
                            .value();
  EXPECT_EQ(config.server.workers, 2);
  EXPECT_EQ(config.server.drain, 60s);
  EXPECT_THAT(config.aliases.at("fast").chain, ElementsAre("openai/gpt-x", "reader"));
  EXPECT_EQ(config.engines.at("openai").api_key, "sk-1");
  EXPECT_EQ(config.engines.at("openai").first_token, 12'500ms);
  EXPECT_EQ(config.engines.at("openai").idle, std::nullopt);
  EXPECT_EQ(config.engines.at("openai").retries, 0);
  EXPECT_EQ(config.engines.at("mine").retries, 2);
  EXPECT_EQ(config.local.gpu, GpuUse::off);
  EXPECT_EQ(config.local.max_memory.count, 2000);
  EXPECT_TRUE(config.media.allow_private_addresses);
  EXPECT_EQ(config.log.level, log::Level::debug);
  EXPECT_EQ(config.log.format, log::Format::json);
  EXPECT_EQ(config.keys.at("laptop").key, "0123456789abcdef");
}

TEST_F(LoadConfig, PutsFlagsOverEnvironmentOverFileOverDefaults) {
  constexpr std::string_view toml = "[server]\nworkers = 1\n";
  EXPECT_EQ(parsed("").value().server.workers, 0);
  EXPECT_EQ(parsed(toml).value().server.workers, 1);
  EXPECT_EQ(parsed(toml).value().origin("server.workers"), "test.toml:2:1");
  variables_["SENSORIUM_SERVER__WORKERS"] = "2";
  EXPECT_EQ(parsed(toml).value().server.workers, 2);
  EXPECT_EQ(parsed(toml).value().origin("server.workers"), "environment SENSORIUM_SERVER__WORKERS");
  flags_ = {{"server.workers", "3"}};
  EXPECT_EQ(parsed(toml).value().server.workers, 3);
  EXPECT_EQ(parsed(toml).value().origin("server.workers"), "flag");
  EXPECT_EQ(parsed(toml).value().origin("server.listen"), "default");
  EXPECT_EQ(parsed(toml).value().origin("server.nothing"), "");
}

TEST_F(LoadConfig, TakesAnEmptyVariableAsNotSet) {
  variables_["SENSORIUM_SERVER__WORKERS"] = "";
  EXPECT_EQ(parsed("").value().server.workers, 0);
}

TEST_F(LoadConfig, FindsNamedSectionsInVariables) {
  variables_["SENSORIUM_ENGINES__OPENAI__RETRIES"] = "1";
  variables_["SENSORIUM_ENGINES__MY_BOX__RETRIES"] = "4";
  variables_["SENSORIUM_MODELS__ALIAS__FAST__CHAIN"] = "openai/a,reader";
  const Config config = parsed("[engines.My-Box]\nbase_url = \"http://127.0.0.1:1/\"\n").value();
  EXPECT_EQ(config.engines.at("openai").retries, 1);
  EXPECT_EQ(config.engines.at("My-Box").retries, 4);
  EXPECT_EQ(config.engines.size(), 2U);
  EXPECT_THAT(config.aliases.at("fast").chain, ElementsAre("openai/a", "reader"));
}

TEST_F(LoadConfig, LooksKnownVariablesUpWithoutAListOfNames) {
  variables_["SENSORIUM_LOG__LEVEL"] = "error";
  ConfigSources only_lookup = sources();
  only_lookup.environment_names.clear();
  EXPECT_EQ(load_config(only_lookup).value().log.level, log::Level::error);
}

TEST_F(LoadConfig, IgnoresVariablesThatAreNoKeys) {
  variables_["SENSORIUM_CACHE"] = "/somewhere";
  variables_["SENSORIUM_PORT_7373_TCP"] = "tcp://10.0.0.1:7373";
  EXPECT_TRUE(parsed(""));
}

TEST_F(LoadConfig, RefusesUnknownVariables) {
  variables_["SENSORIUM_SERVER__LISTN"] = "x";
  const Error error = error_of("");
  EXPECT_EQ(error.code, Code::misconfigured);
  EXPECT_THAT(error.message, HasSubstr("SENSORIUM_SERVER__LISTN"));
  EXPECT_EQ(error.hint, "Did you mean SENSORIUM_SERVER__LISTEN?");
}

TEST_F(LoadConfig, ShowsBadNamesOfVariablesSafely) {
  variables_["SENSORIUM_ENGINES__A\xff\x1b__RETRIES"] = "1";
  EXPECT_THAT(error_of("").message, HasSubstr("SENSORIUM_ENGINES__A\\xff\\x1b__RETRIES: "));
}

TEST_F(LoadConfig, KeepsAddressesAndProgramsToTheFile) {
  variables_["SENSORIUM_ENGINES__OPENAI__BASE_URL"] = "http://evil.example";
  EXPECT_THAT(error_of("").message, HasSubstr("in the file only"));
  variables_.clear();
  flags_ = {{"local.llama_server", "/tmp/x"}};
  EXPECT_THAT(error_of("").message, HasSubstr("in the file only"));
}

struct Mistake {
  std::string_view toml, message, hint, param;
};

TEST_F(LoadConfig, NamesThePlaceOfAMistake) {
  const Mistake mistakes[] = {
      {"[server]\nlisen = 1\n", "test.toml:2:1: unknown key \"lisen\" in [server]",
       "Did you mean \"listen\"?", "server.lisen"},
      {"[servr]\nlisten = \"x\"\n", "test.toml:1:2: unknown section \"servr\"", "Did you mean \"server\"?",
       "servr"},
      {"[colours]\n", "unknown section \"colours\"", "Known are server, models, engines", "colours"},
      {"listen = \"x\"\n", "test.toml:1:1: unknown section \"listen\"", "Known are", "listen"},
      {"[server]\nworkers = \"many\"\n",
       "test.toml:2:1: `server.workers` must be a whole number from 0 to 1024", "Found a text",
       "server.workers"},
      {"[server]\nworkers = 5000\n", "must be a whole number from 0 to 1024", "Found 5000", "server.workers"},
      {"[server]\nworkers = -1\n", "must be a whole number from 0 to 1024", "Found -1", "server.workers"},
      {"[server]\nlisten = 7373\n", "`server.listen` must be a text on one line", "Found 7373",
       "server.listen"},
      {"[server]\nlisten = 2024-01-01\n", "must be a text", "Found a date or time", "server.listen"},
      {"[server.listen]\nhost = 1\n", "`server.listen` must be a text", "Found a section", "server.listen"},
      {"server = 3\n", "`server` must be a section", "Write [server]", "server"},
      {"engines = []\n", "`engines` must be a section", "Write [engines]", "engines"},
      {"[engines]\nretries = 3\n", "`engines.retries` must be a section", "[engines.retries]",
       "engines.retries"},
      {"[engines.openai]\nretrys = 3\n", "unknown key \"retrys\" in [engines.openai]",
       "Did you mean \"retries\"?", "engines.openai.retrys"},
      {"[models.alias.fast]\nchian = []\n", "unknown key \"chian\" in [models.alias.fast]", "\"chain\"",
       "models.alias.fast.chian"},
      {"[models.alias.fast]\nchain = [\"a\", 1]\n", "must be a list of texts", "Found a list of other things",
       "models.alias.fast.chain"},
      {"[models]\ntimeout_s = 0\n", "must be a time from 0.1 to", "Found 0", "models.timeout_s"},
      {"[log]\nlevel = \"loud\"\n", "must be one of debug, info, warning, error, off", "Found a text",
       "log.level"},
      {"[engines.\"a b\"]\nretries = 1\n", "\"a b\" cannot be a name", "letters, digits", ""},
      {"[engines.openai]\napi_key = 5\n", "`engines.openai.api_key` must be a text", "",
       "engines.openai.api_key"},
      {"[engines.openai]\napi_key = \"a b\"\n", "`engines.openai.api_key` is not a key", "visible characters",
       "engines.openai.api_key"},
      {"[server\n", "test.toml:", "TOML", ""},
      {"a = 1\na = 2\n", "test.toml:2:", "TOML", ""},
      {"[server]\nlisten = \"\xff\"\n", "test.toml:2:", "TOML", ""},
  };
  for (const auto& [toml, message, hint, param] : mistakes) {
    const Error error = error_of(toml);
    EXPECT_EQ(error.code, Code::misconfigured) << toml;
    EXPECT_THAT(error.message, HasSubstr(message)) << toml;
    EXPECT_THAT(error.hint, HasSubstr(hint)) << toml;
    EXPECT_EQ(error.param, param) << toml;
  }
}

TEST_F(LoadConfig, CollectsTheOtherMistakesAsNotes) {
  const Error error = error_of("[server]\nlisen = 1\nworkers = -1\n[log]\nlevel = 3\n");
  EXPECT_THAT(error.message, HasSubstr("lisen"));
  EXPECT_THAT(error.notes, ElementsAre(HasSubstr("server.workers"), HasSubstr("log.level")));
}

TEST_F(LoadConfig, RefusesFlagsThatAreNoKeys) {
  for (const std::string_view flag : {"server.lisen", "server", "engines", "", "..", "server.listen.x"}) {
    flags_ = {{std::string(flag), "1"}};
    EXPECT_THAT(error_of("").message, HasSubstr("flag")) << flag;
  }
}

TEST_F(LoadConfig, NeverShowsASecretInAnError) {
  variables_["SENSORIUM_ENGINES__OPENAI__API_KEY"] = "sk very secret";
  const Error error = error_of("[keys.k]\nkey = \"also\\u0007secret\"\n");
  for (const std::string& text : {sentence(error), error.notes.empty() ? "" : error.notes.front()})
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
}

// ---- files

TEST_F(LoadConfig, TakesTheFirstFileThatIsThere) {
  write("etc/config.toml", "[server]\nworkers = 1\n");
  EXPECT_EQ(load_config(sources()).value().server.workers, 1);
  variables_["HOME"] = path("home");
  write("home/.config/sensorium/config.toml", "[server]\nworkers = 2\n");
  EXPECT_EQ(load_config(sources()).value().server.workers, 2);
  variables_["XDG_CONFIG_HOME"] = path("xdg");
  write("xdg/sensorium/config.toml", "[server]\nworkers = 3\n");
  EXPECT_EQ(load_config(sources()).value().server.workers, 3);
  write("work/sensorium.toml", "[log]\nlevel = \"info\"\n");
  EXPECT_EQ(load_config(sources()).value().server.workers, 0) << "files are not merged";
  variables_["SENSORIUM_CONFIG"] = write("named.toml", "[server]\nworkers = 5\n");
  EXPECT_EQ(load_config(sources()).value().server.workers, 5);
  ConfigSources flagged = sources();
  flagged.file = write("flag.toml", "[server]\nworkers = 6\n");
  const Config config = load_config(flagged).value();
  EXPECT_EQ(config.server.workers, 6);
  EXPECT_EQ(config.origin("server.workers"), path("flag.toml") + ":2:1");
}

TEST_F(LoadConfig, RefusesAFileThatWasNamedAndIsNotThere) {
  variables_["SENSORIUM_CONFIG"] = path("missing.toml");
  EXPECT_THAT(load_config(sources()).error().message, HasSubstr("named by SENSORIUM_CONFIG, does not exist"));
  ConfigSources flagged = sources();
  flagged.file = path("other.toml");
  EXPECT_THAT(load_config(flagged).error().message, HasSubstr("named by --config"));
}

TEST_F(LoadConfig, RefusesFoldersDevicesAndHugeFiles) {
  ConfigSources named = sources();
  named.file = path("work");
  std::filesystem::create_directories(named.file);
  EXPECT_THAT(load_config(named).error().message, HasSubstr("not a regular file"));
  named.file = "/dev/zero";
  EXPECT_THAT(load_config(named).error().message, HasSubstr("not a regular file"));
  named.file = write("huge.toml", std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(load_config(named).error().message, HasSubstr("larger than 1.0 MiB"));
}

TEST_F(LoadConfig, ResolvesPathsFromTheFileAndTheHome) {
  variables_["HOME"] = path("home");
  ConfigSources named = sources();
  named.file = write("conf/s.toml", "[server]\nstate_dir = \"state\"\n[local]\nmodels_dir = \"~/m\"\n");
  const Config config = load_config(named).value();
  EXPECT_EQ(config.server.state_dir, path("conf/state"));
  EXPECT_EQ(config.local.models_dir, path("home/m"));
  EXPECT_EQ(config.local.cache_dir, path("home/.cache/sensorium"));
}

TEST_F(LoadConfig, FillsFoldersByTheXdgRules) {
  variables_["HOME"] = "/home-of-nobody";
  EXPECT_EQ(parsed("").value().server.state_dir, "/home-of-nobody/.local/state/sensorium");
  EXPECT_EQ(parsed("").value().local.models_dir, "/home-of-nobody/.local/share/sensorium/models");
  variables_["XDG_STATE_HOME"] = "/x";
  variables_["XDG_DATA_HOME"] = "relative is to be ignored";
  EXPECT_EQ(parsed("").value().server.state_dir, "/x/sensorium");
  EXPECT_EQ(parsed("").value().local.models_dir, "/home-of-nobody/.local/share/sensorium/models");
  variables_.clear();
  EXPECT_EQ(parsed("").value().server.state_dir, "/var/lib/sensorium");
}

TEST_F(LoadConfig, ReadsKeysFromFiles) {
  ConfigSources named = sources();
  write("conf/openai.key", "  sk-abc\n");
  named.file =
      write("conf/s.toml",
            "[engines.openai]\napi_key_file = \"openai.key\"\n[keys.a]\nkey_file = \"openai.key\"\n");
  const Config config = load_config(named).value();
  EXPECT_EQ(config.engines.at("openai").api_key, "sk-abc");
  EXPECT_EQ(config.keys.at("a").key, "sk-abc");
}

TEST_F(LoadConfig, RefusesKeyFilesThatHoldNoKey) {
  write("empty", " \n");
  write("two", "sk-1\nsk-2\n");
  const auto with_file = [&](std::string_view name) {
    return error_of("[engines.openai]\napi_key_file = \"" + path(name) + "\"\n");
  };
  for (const std::string_view name : {"empty", "two", "missing"}) {
    EXPECT_THAT(with_file(name).message, HasSubstr("test.toml:2:1: " + path(name))) << name;
    EXPECT_EQ(with_file(name).param, "engines.openai.api_key_file");
  }
  EXPECT_THAT(error_of("[engines.openai]\napi_key = \"a\"\napi_key_file = \"/b\"\n").message,
              HasSubstr("has both api_key and api_key_file"));
}

// ---- secrets by the names of their providers

TEST_F(LoadConfig, ReadsSecretsOfProviders) {
  const auto secret = [&] { return secret_from_environment(sources().environment, "OPENAI_API_KEY"); };
  EXPECT_EQ(secret().value(), std::nullopt);
  variables_["OPENAI_API_KEY"] = "";
  EXPECT_EQ(secret().value(), std::nullopt);
  variables_["OPENAI_API_KEY"] = "sk-abc\n";
  EXPECT_EQ(secret().value(), "sk-abc");
  variables_["OPENAI_API_KEY_FILE"] = write("key", "sk-file\n");
  EXPECT_THAT(secret().error().message, HasSubstr("Both OPENAI_API_KEY and OPENAI_API_KEY_FILE"));
  variables_.erase("OPENAI_API_KEY");
  EXPECT_EQ(secret().value(), "sk-file");
}

TEST_F(LoadConfig, RefusesSecretsThatCannotBeSent) {
  const auto secret = [&] { return secret_from_environment(sources().environment, "X"); };
  for (const std::string_view bad : {"two words", "line\r\nX-Evil: 1", "\x01", "schl\xc3\xbcssel"}) {
    variables_["X"] = bad;
    EXPECT_EQ(secret().error().code, Code::misconfigured) << bad;
    EXPECT_EQ(sentence(secret().error()).find(bad), std::string::npos);
  }
  variables_ = {{"X_FILE", path("missing")}};
  EXPECT_EQ(secret().error().code, Code::misconfigured);
  EXPECT_THAT(secret().error().notes, ElementsAre("X_FILE"));
}

TEST_F(LoadConfig, KnowsTheEnvironmentOfTheProcess) {
  setenv("SENSORIUM_SERVER__WORKERS", "7", 1);
  ConfigSources process = process_sources("", {{"server.listen", "127.0.0.1:0"}});
  process.system_file.clear();
  process.working_folder = path("nowhere");
  EXPECT_THAT(process.environment_names, testing::Contains("SENSORIUM_SERVER__WORKERS"));
  EXPECT_EQ(process.environment("SENSORIUM_SERVER__WORKERS"), "7");
  unsetenv("SENSORIUM_SERVER__WORKERS");
  EXPECT_EQ(process.environment("SENSORIUM_SERVER__WORKERS"), std::nullopt);
}

}  // namespace
}  // namespace sensorium::config
