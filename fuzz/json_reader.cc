// The JSON parser and every typed read on arbitrary text. Checked besides not crashing: what parses
// serializes to the same value, and a field that was refused leaves an error that names it.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "base/json.h"
#include "base/text.h"

namespace {

using namespace sensorium;

void require(bool condition) {
  if (!condition) std::abort();
}

// NOTE [Doubles]: Boost.JSON 1.81 reads some doubles one unit off, so those are not compared.
bool has_doubles(const json::value& value) {
  if (value.is_double()) return true;
  if (const auto* items = value.if_array())
    for (const auto& item : *items)
      if (has_doubles(item)) return true;
  if (const auto* fields = value.if_object())
    for (const auto& field : *fields)
      if (has_doubles(field.value())) return true;
  return false;
}

void read_all(const json::object& source, std::string_view name) {
  const auto attempt = [&](auto&& read) {
    json::Reader reader(source, "images[0]");
    const bool got = read(reader);
    const json::value* found = reader.any(name);
    if (!got && found) {
      require(!reader.status());
      require(reader.status().error().param == "images[0]." + std::string(name));
    }
    if (got) require(found != nullptr && reader.status().has_value());
  };
  attempt([&](json::Reader& r) { return r.string(name).has_value(); });
  attempt([&](json::Reader& r) { return r.integer(name, -5, 4096).has_value(); });
  attempt([&](json::Reader& r) { return r.number(name, 0, 2).has_value(); });
  attempt([&](json::Reader& r) { return r.boolean(name).has_value(); });
  attempt([&](json::Reader& r) { return r.list(name) != nullptr; });
  attempt([&](json::Reader& r) { return r.nested(name) != nullptr; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = json::parse(input);
  if (!parsed) {
    require(!parsed.error().message.empty() && text::valid_utf8(parsed.error().message));
    return 0;
  }
  const auto again = json::parse(json::serialize(*parsed));
  require(again.has_value());
  if (!has_doubles(*parsed)) require(*again == *parsed);
  if (const auto* fields = parsed->if_object())
    for (const auto& field : *fields) read_all(*fields, field.key());
  return 0;
}
