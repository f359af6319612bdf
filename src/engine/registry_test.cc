// The lists of engines and presets hold together.
#include "engine/registry.h"

#include <gtest/gtest.h>

#include <set>

namespace sensorium {
namespace {

TEST(Registry, names_engines_once_and_finds_them) {
  std::set<std::string_view> names;
  for (const EngineDef* def : engine_defs()) {
    EXPECT_TRUE(names.insert(def->name).second) << def->name;
    EXPECT_EQ(find_engine(def->name), def);
    EXPECT_FALSE(def->summary.empty()) << def->name;
    EXPECT_NE(def->create, nullptr) << def->name;
  }
  EXPECT_TRUE(names.contains("openai"));
  EXPECT_EQ(find_engine("no-such-engine"), nullptr);
  EXPECT_EQ(find_engine(""), nullptr);
}

TEST(Registry, every_preset_names_an_engine_and_a_usable_address) {
  std::set<std::string_view> names;
  for (const ProviderPreset& preset : provider_presets()) {
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name;
    EXPECT_EQ(find_preset(preset.name), &preset);
    EXPECT_NE(find_engine(preset.engine), nullptr) << preset.name;
    EXPECT_FALSE(preset.note.empty()) << preset.name;
    if (preset.base_url.empty()) continue;
    const auto url = net::parse_url(preset.base_url);
    ASSERT_TRUE(url) << preset.name;
    EXPECT_TRUE(url->secure() || has(preset.traits, Trait::local))
        << preset.name << " would send its key in the clear";
    if (!preset.host.empty()) EXPECT_EQ(find_preset_by_host(url->host), &preset);
  }
  EXPECT_EQ(find_preset("no-such-provider"), nullptr);
}

TEST(Registry, finds_providers_by_where_an_address_points) {
  EXPECT_EQ(find_preset_by_host("ws1.cn-beijing.maas.aliyuncs.com"), find_preset("qwen"));
  EXPECT_EQ(find_preset_by_host("dashscope-us.aliyuncs.com"), find_preset("qwen-us"));
  EXPECT_EQ(find_preset_by_host("eu.api.openai.com"), find_preset("openai"));
  EXPECT_EQ(find_preset_by_host("evil-api.openai.com.example"), nullptr);
  EXPECT_EQ(find_preset_by_host("notapi.openai.com"), nullptr);
  EXPECT_EQ(find_preset_by_host(""), nullptr);
}

TEST(Registry, local_presets_wait_longer_for_a_first_token) {
  EXPECT_EQ(find_preset("ollama")->first_token(), std::chrono::minutes(5));
  EXPECT_EQ(find_preset("openai")->first_token(), std::chrono::minutes(1));
}

}  // namespace
}  // namespace sensorium
