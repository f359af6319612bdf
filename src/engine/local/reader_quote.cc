// Composing the reader's answers from what matches the question.
#include "engine/local/reader_quote.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace sensorium::reader {
namespace {

constexpr std::size_t longest_heading = 60;  // bytes
constexpr std::size_t section_lines = 3;
constexpr std::size_t most_quotes = 12, most_lines_unasked = 40, most_colours = 5;
constexpr double blurred_below = 60, sharp_above = 250;  // variance of the Laplacian on 8-bit luma

/// One set of fixed phrases per language.
struct Phrases {
  std::string_view quote_open, quote_close, nothing_found, no_text, all_lines, nothing_matches, closing,
      picture;
};

constexpr Phrases english{"\"",
                          "\"",
                          "No text, bar code or QR code was found in the picture.\n",
                          "No text was found in the picture.\n",
                          "Text in the picture, {} {}:\n",
                          "No line of text in the picture matches the question. What is written there:\n",
                          "\n(Answered by the reader: it quotes text, codes and measured facts. It cannot "
                          "see objects, people or scenes.)",
                          "Picture {}:\n"};
constexpr Phrases chinese{
    "“",
    "”",
    "图片中没有找到文字、条形码或二维码。\n",
    "图片中没有找到文字。\n",
    "图片中的文字，共 {} 行：\n",
    "图片中没有与问题相符的文字。图片上写着：\n",
    "\n（由 reader 回答：它只引用识别出的文字、条码和测量值，看不见物体、人物和场景。）",
    "图片 {}：\n"};

class Composer {
 public:
  Composer(const ReaderQuestion& question, std::vector<std::string>& out)
      : question_(question), phrases_(question.tongue == Tongue::chinese ? chinese : english), out_(out) {}

  void page(const ReadPage& page) {
    const Wants& wants = question_.wants;
    if (wants.facts() || wants.description) facts(page);
    if (wants.code) codes(page);
    if (wants.count) counts(page);
    if (wants.everything || wants.description) return everything(page);
    if (wants.title && title(page)) return;
    const auto chosen = choose(page);
    if (!chosen.empty()) return quotes(page, chosen);
    if (wants.facts() || wants.count || (wants.code && !page.codes.empty())) return;
    if (page.lines.empty()) {
      if (page.codes.empty()) say(phrases_.nothing_found);
      else codes(page);
      return;
    }
    say(phrases_.nothing_matches);
    lines(page, most_lines_unasked);
  }

 private:
  bool zh() const noexcept { return question_.tongue == Tongue::chinese; }
  void say(std::string_view text) { out_.emplace_back(text); }

  std::string place(const PageBox& box, const ReadPage& page) const {
    return fmt::format("{}, {},{}-{},{}", place_words(box, page.width, page.height, question_.tongue),
                       box.left, box.top, box.right, box.bottom);
  }

  void quote(const PageLine& line, const ReadPage& page) {
    out_.push_back(fmt::format("{}{}{} ({})\n", phrases_.quote_open, line.text, phrases_.quote_close,
                               place(line.box, page)));
  }

  void lines(const ReadPage& page, std::size_t most) {
    for (std::size_t i = 0; i < std::min(most, page.lines.size()); ++i) say(page.lines[i].text + "\n");
    if (page.lines.size() > most)
      say(zh() ? fmt::format("……另有 {} 行\n", page.lines.size() - most)
               : fmt::format("... and {} more lines\n", page.lines.size() - most));
  }

  void everything(const ReadPage& page) {
    if (page.lines.empty())
      return say(page.codes.empty() && !question_.wants.code ? phrases_.nothing_found : phrases_.no_text);
    const std::size_t n = page.lines.size();
    say(fmt::format(fmt::runtime(phrases_.all_lines), n, n == 1 ? "line" : "lines"));
    lines(page, page.lines.size());
    if (!question_.wants.code && !page.codes.empty()) codes(page);
  }

  bool title(const ReadPage& page) {
    if (page.lines.empty()) return false;
    const auto largest = std::ranges::max_element(page.lines, {}, &PageLine::height);
    quote(*largest, page);
    return true;
  }

  /// Indices of the lines to quote, in reading order.
  std::vector<std::size_t> choose(const ReadPage& page) const {
    std::vector<double> scores;
    for (const auto& line : page.lines) scores.push_back(relevance(question_, line.text));
    const double best = scores.empty() ? 0 : *std::ranges::max_element(scores);
    std::vector<std::size_t> chosen;
    if (best <= 0) return chosen;
    // What answers half as well as the best line may still be part of the answer; less is noise.
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (scores[i] >= std::max(1.0, best / 2) || (best < 1 && scores[i] > 0)) chosen.push_back(i);
    add_neighbours(page, scores, chosen);
    std::ranges::sort(chosen,
                      [&](auto a, auto b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
    if (chosen.size() > most_quotes) chosen.resize(most_quotes);
    std::ranges::sort(chosen);
    return chosen;
  }

  static bool has_digit(std::string_view text) noexcept {
    return text.find_first_of("0123456789") != std::string_view::npos;
  }

  /// "一、开放时间", "2. Refunds": a short line with a number, whose section follows.
  static bool is_numbered_heading(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    for (bool more = at == 0; more;) {
      more = false;
      for (std::string_view numeral : {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"})
        if (text.substr(at).starts_with(numeral)) at += numeral.size(), more = true;
    }
    if (at == 0 || text.size() > longest_heading) return false;
    const auto rest = text.substr(at);
    const bool marked = rest.starts_with("、") || rest.starts_with(". ") || rest.starts_with(") ");
    return marked && !text.ends_with('.') && !text.ends_with("。") && !text.ends_with("，");
  }

  static void add_section(const ReadPage& page, std::size_t heading, std::vector<double>& scores,
                          std::vector<std::size_t>& chosen) {
    const std::size_t end = std::min(page.lines.size(), heading + 1 + section_lines);
    for (std::size_t k = heading + 1; k < end && !is_numbered_heading(page.lines[k].text); ++k) {
      if (std::ranges::find(chosen, k) != chosen.end()) continue;
      scores[k] = scores[heading];
      chosen.push_back(k);
    }
  }

  // "Total" and "12.50" are often two lines side by side; a label that ends in ":" speaks of the next.
  static void add_neighbours(const ReadPage& page, std::vector<double>& scores,
                             std::vector<std::size_t>& chosen) {
    const std::vector<std::size_t> found = chosen;
    for (std::size_t i : found) {
      const auto& label = page.lines[i];
      if (is_numbered_heading(label.text)) add_section(page, i, scores, chosen);
      for (std::size_t k = 0; k < page.lines.size(); ++k) {
        if (std::ranges::find(chosen, k) != chosen.end()) continue;
        const auto& other = page.lines[k];
        const int middle = (other.box.top + other.box.bottom) / 2;
        const bool beside = !has_digit(label.text) && has_digit(other.text) && middle > label.box.top &&
                            middle < label.box.bottom && other.box.left >= label.box.right;
        const bool spoken_of = k == i + 1 && (label.text.ends_with(':') || label.text.ends_with("："));
        if (!beside && !spoken_of) continue;
        scores[k] = scores[i];
        chosen.push_back(k);
      }
    }
  }

  void quotes(const ReadPage& page, const std::vector<std::size_t>& chosen) {
    for (std::size_t i : chosen) quote(page.lines[i], page);
  }

  void codes(const ReadPage& page) {
    if (page.codes.empty())
      return say(zh() ? "图片中没有条形码或二维码。\n" : "There is no bar code or QR code in the picture.\n");
    for (const auto& code : page.codes)
      out_.push_back(fmt::format("{}: {}{}{} ({})\n", code.format, phrases_.quote_open, code.text,
                                 phrases_.quote_close, place(code.box, page)));
  }

  void counts(const ReadPage& page) {
    if (zh())
      return say(fmt::format("识别出 {} 行文字、{} 个条码。\n", page.lines.size(), page.codes.size()));
    say(fmt::format("Recognised: {} line{} of text, {} code{}.\n", page.lines.size(),
                    page.lines.size() == 1 ? "" : "s", page.codes.size(), page.codes.size() == 1 ? "" : "s"));
  }

  void facts(const ReadPage& page) {
    const Wants& wants = question_.wants;
    const PageFacts& f = page.facts;
    if (wants.size || wants.description)
      say(zh() ? fmt::format("{} 图片，{} x {} 像素（{:.1f} 百万像素）。\n", f.format, page.width,
                             page.height, megapixels(page))
               : fmt::format("A {} picture of {} x {} pixels ({:.1f} megapixels).\n", f.format, page.width,
                             page.height, megapixels(page)));
    if ((wants.colour || wants.description) && !f.colours.empty()) colours(f);
    if ((wants.sharpness || wants.description) && f.sharpness) sharpness(*f.sharpness);
    if (wants.taken) taken(f);
    if (wants.place_taken)
      say(f.has_place ? (zh() ? "EXIF 中有 GPS 位置。\n" : "Its EXIF data hold a GPS position.\n")
                      : (zh() ? "EXIF 中没有 GPS 位置。\n" : "Its EXIF data hold no GPS position.\n"));
  }

  static double megapixels(const ReadPage& page) noexcept {
    return static_cast<double>(page.width) * page.height / 1e6;
  }

  void colours(const PageFacts& f) {
    std::string list;
    for (std::size_t i = 0; i < std::min(most_colours, f.colours.size()); ++i)
      list += fmt::format("{}{} {:.0f} %", i ? ", " : "", f.colours[i].name, f.colours[i].share * 100);
    say((zh() ? "主要颜色：" : "Main colours: ") + list + (zh() ? "。\n" : ".\n"));
  }

  void sharpness(double value) {
    const int grade = value < blurred_below ? 0 : value > sharp_above ? 2 : 1;
    static constexpr std::array<std::string_view, 3> en{"blurred", "of middling sharpness", "sharp"},
        cn{"模糊", "清晰度一般", "清晰"};
    const auto at = static_cast<std::size_t>(grade);
    say(zh() ? fmt::format("图片{}（拉普拉斯方差 {:.0f}）。\n", cn[at], value)
             : fmt::format("It is {} (variance of the Laplacian {:.0f}).\n", en[at], value));
  }

  void taken(const PageFacts& f) {
    if (f.date.empty() && f.camera.empty())
      return say(zh() ? "图片没有拍摄信息（EXIF）。\n"
                      : "The picture carries no data about when or with what it was taken.\n");
    if (!f.date.empty()) say((zh() ? "拍摄时间（EXIF）：" : "Taken, by its EXIF data: ") + f.date + "\n");
    if (!f.camera.empty()) say((zh() ? "相机：" : "Camera: ") + f.camera + "\n");
  }

  const ReaderQuestion& question_;
  const Phrases& phrases_;
  std::vector<std::string>& out_;
};

}  // namespace

std::string_view place_words(const PageBox& box, int width, int height, Tongue tongue) noexcept {
  static constexpr std::array<std::string_view, 9> en{
      "top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right"};
  static constexpr std::array<std::string_view, 9> cn{"左上", "上方", "右上", "左侧", "中间",
                                                      "右侧", "左下", "下方", "右下"};
  const auto third = [](int middle, int whole) {
    return whole <= 0 ? 1 : std::clamp(middle * 3 / whole, 0, 2);
  };
  const int column = third((box.left + box.right) / 2, width),
            row = third((box.top + box.bottom) / 2, height);
  const auto at = static_cast<std::size_t>(row * 3 + column);
  return tongue == Tongue::chinese ? cn[at] : en[at];
}

std::vector<std::string> compose(std::string_view prompt, std::span<const ReadPage> pages) {
  const ReaderQuestion question = understand(prompt);
  const Phrases& phrases = question.tongue == Tongue::chinese ? chinese : english;
  std::vector<std::string> out;
  Composer composer(question, out);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    if (pages.size() > 1) out.push_back(fmt::format(fmt::runtime(phrases.picture), i + 1));
    composer.page(pages[i]);
  }
  out.emplace_back(phrases.closing);
  return out;
}

}  // namespace sensorium::reader
