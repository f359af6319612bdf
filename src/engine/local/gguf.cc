// A cursor that runs out says "more bytes, please"; everything else that is odd is an error.
#include "engine/local/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>

#include "base/text.h"

namespace sensorium::local {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies in memory");

constexpr std::uint32_t string_type = 8, array_type = 9;
// Widths of the value types; 0: of no fixed width.
constexpr std::array<std::size_t, 13> value_widths{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr std::size_t longest_kept_text = 64UL << 10, longest_name = 256;
constexpr std::uint64_t most_entries = 1'000'000, most_dimensions = 8, default_alignment = 32;
constexpr std::size_t first_read = 1UL << 20, longest_header = 512UL << 20;

/// Values per block and bytes per block of a tensor type (ggml.h, type_traits).
struct BlockSize {
  std::uint32_t type;
  std::uint64_t values, bytes;
};
constexpr std::array block_sizes{
    BlockSize{0, 1, 4},      BlockSize{1, 1, 2},      BlockSize{2, 32, 18},    BlockSize{3, 32, 20},
    BlockSize{6, 32, 22},    BlockSize{7, 32, 24},    BlockSize{8, 32, 34},    BlockSize{9, 32, 36},
    BlockSize{10, 256, 84},  BlockSize{11, 256, 110}, BlockSize{12, 256, 144}, BlockSize{13, 256, 176},
    BlockSize{14, 256, 210}, BlockSize{15, 256, 292}, BlockSize{16, 256, 66},  BlockSize{17, 256, 74},
    BlockSize{18, 256, 98},  BlockSize{19, 256, 50},  BlockSize{20, 32, 18},   BlockSize{21, 256, 110},
    BlockSize{22, 256, 82},  BlockSize{23, 256, 136}, BlockSize{24, 1, 1},     BlockSize{25, 1, 2},
    BlockSize{26, 1, 4},     BlockSize{27, 1, 8},     BlockSize{28, 1, 8},     BlockSize{29, 256, 56},
    BlockSize{30, 1, 2},     BlockSize{34, 256, 54},  BlockSize{35, 256, 66},  BlockSize{39, 32, 17},
    BlockSize{40, 64, 36},   BlockSize{41, 128, 18},  BlockSize{42, 64, 18}};

/// Reads forward; once it has run out it stays so and gives zeros.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    T value{};
    if (const auto raw = take(sizeof(T)); raw.size() == sizeof(T)) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  std::string_view text() { return take(number<std::uint64_t>()); }
  std::string_view take(std::uint64_t count) {
    if (ran_out_ || count > bytes_.size() - at_) {
      ran_out_ = true;
      return {};
    }
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  bool ran_out() const noexcept { return ran_out_; }
  std::uint64_t position() const noexcept { return at_; }

 private:
  std::string_view bytes_;
  std::uint64_t at_ = 0;
  bool ran_out_ = false;
};

struct Header {
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, std::int64_t, std::less<>> numbers;
  std::uint64_t data_bytes = 0;  ///< end of the last tensor within the data
};

Error damaged(std::string_view what) {
  return Error(Code::misconfigured, fmt::format("This is not a usable GGUF file: {}", what),
               "Check that it is a GGUF model file and was downloaded completely");
}

std::int64_t integer(std::uint32_t type, std::string_view raw) {
  Cursor cursor(raw);
  switch (type) {
    case 0:
    case 7:
      return cursor.number<std::uint8_t>();
    case 1:
      return cursor.number<std::int8_t>();
    case 2:
      return cursor.number<std::uint16_t>();
    case 3:
      return cursor.number<std::int16_t>();
    case 4:
      return cursor.number<std::uint32_t>();
    case 5:
      return cursor.number<std::int32_t>();
    case 10:
    case 11:
      return cursor.number<std::int64_t>();
    default:
      return 0;
  }
}

// Of an array of numbers the first stands for all: head counts per layer.
Status read_array(Cursor& cursor, std::string_view key, Header& header) {
  const auto type = cursor.number<std::uint32_t>();
  const auto count = cursor.number<std::uint64_t>();
  if (cursor.ran_out()) return {};
  if (type >= value_widths.size() || type == array_type) return damaged("an array of an unknown type");
  if (type == string_type) {
    for (std::uint64_t i = 0; i < count && !cursor.ran_out(); ++i) cursor.text();
    return {};
  }
  const auto width = value_widths[type];
  if (count > std::numeric_limits<std::uint64_t>::max() / width) return damaged("an array without end");
  const auto raw = cursor.take(count * width);
  if (raw.size() >= width) header.numbers.emplace(key, integer(type, raw.substr(0, width)));
  return {};
}

Status read_entry(Cursor& cursor, Header& header) {
  const auto key = cursor.text();
  const auto type = cursor.number<std::uint32_t>();
  if (cursor.ran_out()) return {};
  if (key.empty() || key.size() > longest_name) return damaged("a key without a usable name");
  if (type >= value_widths.size()) return damaged(fmt::format("a value of the unknown type {}", type));
  if (type == array_type) return read_array(cursor, key, header);
  if (type == string_type) {
    if (const auto value = cursor.text(); value.size() <= longest_kept_text) header.texts.emplace(key, value);
    return {};
  }
  header.numbers.emplace(key, integer(type, cursor.take(value_widths[type])));
  return {};
}

/// Multiplies; false when it does not fit.
bool multiply(std::uint64_t& product, std::uint64_t factor) {
  return !__builtin_mul_overflow(product, factor, &product);
}

Status read_tensor(Cursor& cursor, Header& header) {
  cursor.text();
  const auto dimensions = cursor.number<std::uint32_t>();
  if (cursor.ran_out()) return {};
  if (dimensions > most_dimensions) return damaged("a tensor of too many dimensions");
  std::uint64_t values = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i)
    if (!multiply(values, cursor.number<std::uint64_t>())) return damaged("a tensor without end");
  const auto type = cursor.number<std::uint32_t>();
  std::uint64_t end = cursor.number<std::uint64_t>();
  if (cursor.ran_out()) return {};
  // A type that is newer than this table: its offset at least must lie within the file.
  const auto block = std::ranges::find(block_sizes, type, &BlockSize::type);
  std::uint64_t bytes = block == block_sizes.end() ? 0 : values / block->values;
  if (block != block_sizes.end() && !multiply(bytes, block->bytes)) return damaged("a tensor without end");
  if (__builtin_add_overflow(end, bytes, &end)) return damaged("a tensor without end");
  header.data_bytes = std::max(header.data_bytes, end);
  return {};
}

std::string text_of(const Header& header, std::string_view key) {
  const auto found = header.texts.find(key);
  return found == header.texts.end() ? "" : text::shorten(text::clean_utf8(found->second), longest_name);
}

std::int64_t number_of(const Header& header, std::string_view key, std::int64_t otherwise = 0) {
  const auto found = header.numbers.find(key);
  return found == header.numbers.end() ? otherwise : found->second;
}

// Layers x heads for keys and values x (key + value width) x 2 bytes.
std::int64_t cache_bytes(const Header& header, const std::string& architecture) {
  const auto number = [&](std::string_view name, std::int64_t otherwise) {
    constexpr std::int64_t most = 1 << 20;  // keeps the product below from overflowing
    const auto value = number_of(header, fmt::format("{}.{}", architecture, name), otherwise);
    return std::clamp<std::int64_t>(value, 0, most);
  };
  const auto layers = std::min<std::int64_t>(number("block_count", 0), 4096);
  const auto heads = std::max<std::int64_t>(1, number("attention.head_count", 1));
  const auto kv_heads = std::min<std::int64_t>(number("attention.head_count_kv", heads), 4096);
  const auto width = number("embedding_length", 0) / heads;
  return layers * kv_heads *
         (number("attention.key_length", width) + number("attention.value_length", width)) * 2;
}

/// Projector types of llama.cpp (tools/mtmd/clip-impl.h) and the family whose rules hold.
struct ProjectorFamily {
  std::string_view type, family;
};
constexpr std::array projector_families{ProjectorFamily{"qwen2vl_merger", "qwen2-vl"},
                                        ProjectorFamily{"qwen2.5vl_merger", "qwen2.5-vl"},
                                        ProjectorFamily{"qwen2.5o", "qwen2.5-vl"},
                                        ProjectorFamily{"qwen3vl_merger", "qwen3-vl"},
                                        ProjectorFamily{"gemma3", "gemma-3"},
                                        ProjectorFamily{"gemma4", "gemma-4"},
                                        ProjectorFamily{"internvl", "internvl"},
                                        ProjectorFamily{"pixtral", "pixtral"},
                                        ProjectorFamily{"lfm2", "lfm2-vl"}};

/// Types that several families share are told apart by what else the header says.
std::string vision_family(const Header& header) {
  std::string type = text_of(header, "clip.vision.projector_type");
  if (type.empty()) type = text_of(header, "clip.projector_type");
  const auto image = number_of(header, "clip.vision.image_size");
  if (type == "idefics3") return image <= 384 ? "smolvlm-instruct" : "smolvlm";
  if (type == "resampler")
    return number_of(header, "clip.minicpmv_version") == 2 ? "minicpm-v-2_5" : "minicpm-v";
  constexpr std::int64_t moondream_side = 378;
  if (type == "mlp" && image == moondream_side) return "moondream";
  if (type == "mlp" || type == "mlp_norm")
    return text_of(header, "clip.vision.mm_patch_merge_type") == "spatial_unpad" ? "llava-1.6" : "llava-1.5";
  const auto found = std::ranges::find(projector_families, type, &ProjectorFamily::type);
  return found == projector_families.end() ? std::string() : std::string(found->family);
}

GgufFacts facts_of(const Header& header, std::uint64_t data_start) {
  GgufFacts facts;
  facts.architecture = text_of(header, "general.architecture");
  facts.name = text_of(header, "general.name");
  facts.licence = text_of(header, "general.license");
  facts.projector = facts.architecture == "clip" || text_of(header, "general.type") == "mmproj";
  facts.sees = number_of(header, "clip.has_vision_encoder") != 0;
  facts.hears = number_of(header, "clip.has_audio_encoder") != 0;
  if (facts.projector) facts.vision_family = vision_family(header);
  facts.chat_template = header.texts.contains("tokenizer.chat_template");
  facts.test_only = number_of(header, "sensorium.test_only") != 0;
  facts.context_tokens = std::max<std::int64_t>(0, number_of(header, facts.architecture + ".context_length"));
  facts.cache_bytes_per_token = cache_bytes(header, facts.architecture);
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  facts.file_bytes =
      static_cast<std::int64_t>(std::min(largest, data_start + std::min(largest / 2, header.data_bytes)));
  return facts;
}

Result<std::uint64_t> alignment_of(const Header& header) {
  const auto value = number_of(header, "general.alignment", default_alignment);
  constexpr std::int64_t most = 1 << 20;
  if (value <= 0 || value > most) return damaged("its alignment makes no sense");
  return static_cast<std::uint64_t>(value);
}

/// The file's beginning, read in steps until its header is complete.
Result<GgufFacts> read_growing(std::ifstream& file, std::size_t size) {
  std::string bytes;
  for (std::size_t step = std::min(first_read, size); bytes.size() < size;
       step = std::min(bytes.size() * 3, size - bytes.size())) {
    const auto before = bytes.size();
    bytes.resize(before + step);
    if (!file.read(bytes.data() + before, static_cast<std::streamsize>(step)))
      return damaged("it cannot be read");
    if (auto facts = SN_TRY(parse_gguf(bytes))) return std::move(*facts);
    if (bytes.size() > longest_header) return damaged("its header has no end");
  }
  return damaged("it ends within its header");
}

}  // namespace

Result<std::optional<GgufFacts>> parse_gguf(std::string_view bytes) {
  constexpr std::string_view magic = "GGUF";
  if (!bytes.starts_with(magic.substr(0, bytes.size()))) return damaged("it does not begin with \"GGUF\"");
  Cursor cursor(bytes);
  cursor.take(magic.size());
  const auto version = cursor.number<std::uint32_t>();
  const auto tensors = cursor.number<std::uint64_t>(), entries = cursor.number<std::uint64_t>();
  if (cursor.ran_out()) return std::optional<GgufFacts>();
  if (version < 2 || version > 3) return damaged(fmt::format("its version {} is not known", version));
  if (tensors > most_entries || entries > most_entries) return damaged("its header counts too many entries");
  Header header;
  for (std::uint64_t i = 0; i < entries && !cursor.ran_out(); ++i) SN_TRY(read_entry(cursor, header));
  for (std::uint64_t i = 0; i < tensors && !cursor.ran_out(); ++i) SN_TRY(read_tensor(cursor, header));
  if (cursor.ran_out()) return std::optional<GgufFacts>();
  const auto alignment = SN_TRY(alignment_of(header));
  return std::optional(facts_of(header, (cursor.position() + alignment - 1) / alignment * alignment));
}

Result<GgufFacts> read_gguf(const std::string& path) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  std::ifstream file(path, std::ios::binary);
  if (failure || !file)
    return Error(Code::misconfigured, fmt::format("The model file {} cannot be read", path),
                 "Check the path and its permissions; sensorium models ls shows what is installed");
  auto facts = size == 0 ? Result<GgufFacts>(damaged("it is empty")) : read_growing(file, size);
  if (!facts) return annotate(std::move(facts), "file: " + path);
  if (static_cast<std::uint64_t>(facts->file_bytes) > size)
    return Error(
        Code::misconfigured,
        fmt::format("The model file {} is cut off: it has {} of {} bytes", path, size, facts->file_bytes),
        "Copy the file again, or get the model with: sensorium models pull NAME");
  return facts;
}

}  // namespace sensorium::local
