// A folder and an environment of its own for each configuration test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/ids.h"
#include "service/config.h"

namespace sensorium::config {

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() { std::filesystem::create_directories(folder_); }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  std::string path(std::string_view name) const { return (folder_ / name).string(); }
  std::string write(std::string_view name, std::string_view content) const {
    const auto file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << content;
    return file.string();
  }

  /// Only what the test set: no file and no variable of the machine.
  ConfigSources sources() const {
    ConfigSources sources;
    sources.environment = [variables = variables_](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    for (const auto& [name, value] : variables_) sources.environment_names.push_back(name);
    sources.flags = flags_;
    sources.working_folder = path("work");
    sources.system_file = path("etc/config.toml");
    return sources;
  }

  Result<Config> parsed(std::string_view toml) const { return parse_config(toml, "test.toml", sources()); }
  Error error_of(std::string_view toml) const {
    auto result = parsed(toml);
    EXPECT_FALSE(result) << toml;
    return result ? Error(Code::internal, "no error") : std::move(result).error();
  }

  std::map<std::string, std::string, std::less<>> variables_;
  std::vector<std::pair<std::string, std::string>> flags_;

 private:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / make_id("sensorium-config");
};

}  // namespace sensorium::config
