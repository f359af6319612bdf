// Tesseract behind LatinReader.
#include "workers/reader/latin.h"

#include <tesseract/baseapi.h>
#include <tesseract/resultiterator.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace sensorium::reader {
namespace {

constexpr int wanted_height = 40;  // Tesseract was trained on lines of about this height
constexpr int margin = 8;
constexpr int resolution = 300;

/// Dark text on light ground, in a height that suits, with a margin.
Grey suited(const Image& line, float& scale) {
  scale = static_cast<float>(wanted_height) / static_cast<float>(line.size.height);
  const media::Size size{std::max(static_cast<int>(static_cast<float>(line.size.width) * scale), 1),
                         wanted_height};
  auto inner = grey(resized(line, size));
  double sum = 0;
  for (const auto v : inner.values) sum += v;
  const bool dark_ground = sum < 110.0 * static_cast<double>(inner.values.size());
  if (dark_ground)
    for (auto& v : inner.values) v = static_cast<std::uint8_t>(255 - v);
  // The margin takes the ground's own shade: an edge would read as a letter.
  auto sorted = inner.values;
  const auto nth = sorted.begin() + std::ssize(sorted) * 3 / 4;
  std::ranges::nth_element(sorted, nth);
  Grey out{{size.width + 2 * margin, size.height + 2 * margin}, {}};
  out.values.assign(static_cast<std::size_t>(out.size.pixels()), *nth);
  const auto width = static_cast<std::size_t>(size.width), row = static_cast<std::size_t>(out.size.width);
  constexpr auto inset = static_cast<std::size_t>(margin);
  for (std::size_t y = 0; y < static_cast<std::size_t>(size.height); ++y)
    std::copy_n(&inner.values[y * width], width, &out.values[(y + inset) * row + inset]);
  return out;
}

}  // namespace

struct LatinReader::Impl {
  std::string language;
  std::optional<tesseract::TessBaseAPI> api;
  bool missing = false;

  Status load() {
    api.emplace();
    if (api->Init(nullptr, language.c_str(), tesseract::OEM_LSTM_ONLY) != 0) {
      missing = true;
      api.reset();
      return Error(Code::misconfigured, "Tesseract's data for '" + language + "' is missing",
                   "Install tesseract-ocr-" + language + " or set TESSDATA_PREFIX");
    }
    // Not RAW_LINE: it reads marks into both ends of a line (confidence of end words 0.4 against 0.96).
    api->SetPageSegMode(tesseract::PSM_SINGLE_LINE);
    // Inversion is settled before; letting Tesseract try both costs double on every hard line.
    api->SetVariable("tessedit_do_invert", "0");
    return {};
  }
};

LatinReader::LatinReader(std::string language) : impl_(std::make_unique<Impl>()) {
  impl_->language = std::move(language);
}
LatinReader::~LatinReader() = default;

bool LatinReader::available() const noexcept { return !impl_->missing; }

Result<std::vector<LatinWord>> LatinReader::read(const Image& line) {
  std::vector<LatinWord> words;
  if (impl_->missing) return words;
  if (!impl_->api) SN_TRY(impl_->load());
  float scale = 1;
  const auto image = suited(line, scale);
  auto& api = *impl_->api;
  api.SetImage(image.values.data(), image.size.width, image.size.height, 1, image.size.width);
  api.SetSourceResolution(resolution);
  if (api.Recognize(nullptr) != 0) return words;
  const std::unique_ptr<tesseract::ResultIterator> it(api.GetIterator());
  if (!it) return words;
  do {
    const std::unique_ptr<char[]> text(it->GetUTF8Text(tesseract::RIL_WORD));
    if (!text) continue;
    int left = 0, top = 0, right = 0, bottom = 0;
    it->BoundingBox(tesseract::RIL_WORD, &left, &top, &right, &bottom);
    words.push_back({std::string(text::trim(text.get())), it->Confidence(tesseract::RIL_WORD) / 100,
                     static_cast<float>(left - margin) / scale, static_cast<float>(right - margin) / scale});
  } while (it->Next(tesseract::RIL_WORD));
  std::erase_if(words, [](const LatinWord& w) { return w.text.empty(); });
  return words;
}

}  // namespace sensorium::reader
