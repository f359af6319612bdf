// The only file that knows toml++; it throws, we do not.
#include "service/config_toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/text.h"

namespace sensorium::config {
namespace {

std::string place(std::string_view file, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", file, region.begin.line, region.begin.column);
}

RawValue list(const toml::array& items) {
  std::vector<std::string> texts;
  for (const toml::node& item : items) {
    const auto* text = item.as_string();
    if (!text) return {Strange{"a list of other things"}};
    texts.push_back(text->get());
  }
  return {std::move(texts)};
}

RawValue scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return {text->get()};
  if (const auto* number = node.as_integer()) return {number->get()};
  if (const auto* number = node.as_floating_point()) return {number->get()};
  if (const auto* flag = node.as_boolean()) return {flag->get()};
  if (const auto* items = node.as_array()) return list(*items);
  return {Strange{"a date or time"}};
}

class Flattener {
 public:
  explicit Flattener(std::string_view file) : file_(file) {}

  void table(const toml::table& table) {
    for (const auto& [key, node] : table) {
      path_.emplace_back(key.str());
      const auto* inner = node.as_table();
      entries_.push_back({.path = path_,
                          .value = inner ? RawValue{Strange{"a section"}} : scalar(node),
                          .section = inner != nullptr,
                          .place = place(file_, key.source())});
      if (inner) this->table(*inner);
      path_.pop_back();
    }
  }
  std::vector<TomlEntry> take() { return std::move(entries_); }

 private:
  std::string_view file_;
  std::vector<std::string> path_;
  std::vector<TomlEntry> entries_;
};

}  // namespace

Result<std::vector<TomlEntry>> read_toml(std::string_view text, std::string_view file) {
  try {
    Flattener flattener(file);
    flattener.table(toml::parse(text, std::string_view{}));
    return flattener.take();
  } catch (const toml::parse_error& error) {
    return Error(Code::misconfigured,
                 fmt::format("{}: {}", place(file, error.source()), text::printable(error.description())),
                 "The file must be TOML (https://toml.io); sensorium config init writes an example");
  } catch (const std::exception& error) {
    return Error(Code::misconfigured, fmt::format("{}: {}", file, text::printable(error.what())),
                 "Check the file");
  }
}

}  // namespace sensorium::config
