// A folder of one test, removed with it.
#pragma once

#include <filesystem>
#include <string>

#include "base/ids.h"

namespace sensorium::store {

class TestFolder {
 public:
  TestFolder() : path_(std::filesystem::temp_directory_path() / make_id("sensorium-store-")) {
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string file(std::string_view name = "sensorium.db") const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace sensorium::store
