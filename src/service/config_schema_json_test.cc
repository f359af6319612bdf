// The schema names every key with its range and allows nothing else.
#include <gmock/gmock.h>

#include "base/json.h"
#include "base/text.h"
#include "service/config.h"
#include "service/config_keys.h"

namespace sensorium::config {
namespace {

json::value at(const json::value& root, std::string_view dots) {
  const json::value* value = &root;
  for (const auto name : text::split(dots, '.')) {
    value = json::member(*value, name);
    if (!value) return {};
  }
  return *value;
}

TEST(ConfigSchema, DescribesEveryKey) {
  const auto schema = json::parse(config_schema_json()).value();
  EXPECT_EQ(at(schema, "$schema"), "https://json-schema.org/draft/2020-12/schema");
  for (const ConfigSection& section : sections()) {
    std::string where = "properties";
    for (const auto name : text::split(section.path, '.'))
      where += (where.size() > 10 ? ".properties." : ".") + std::string(name);
    if (section.named()) where += ".additionalProperties";
    EXPECT_EQ(at(schema, where + ".additionalProperties"), false) << section.path;
    for (const ConfigKey& key : section.keys)
      EXPECT_EQ(
          at(schema, where + ".properties." + std::string(key.option.name) + ".description").as_string(),
          key.option.help)
          << key.option.name;
  }
}

TEST(ConfigSchema, HasTypesRangesAndDefaults) {
  const auto schema = json::parse(config_schema_json()).value();
  EXPECT_EQ(at(schema, "properties.server.properties.workers"),
            json::parse(R"({"type":"integer","minimum":0,"maximum":1024,"default":0,
                            "description":"event loops, each on its own thread; 0 means one per core"})")
                .value());
  EXPECT_EQ(at(schema, "properties.log.properties.format.enum"), json::parse(R"(["text","json"])").value());
  EXPECT_EQ(at(schema, "properties.media.properties.allow_private_addresses.default"), false);
  EXPECT_EQ(at(schema, "properties.models.properties.alias.additionalProperties.properties.chain.type"),
            "array");
}

}  // namespace
}  // namespace sensorium::config
