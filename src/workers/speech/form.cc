// Multipart in, JSON out. Only our own client calls: what it does not send is refused, not guessed.
#include "workers/speech/form.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "base/text.h"
#include "net/multipart.h"

namespace sensorium::speech {
namespace {

constexpr std::size_t most_samples = 30UL * WHISPER_SAMPLE_RATE + WHISPER_SAMPLE_RATE / 2;
constexpr std::size_t longest_field = 64UL << 10;

Error bad_field(std::string_view name) {
  return Error(Code::invalid_request, fmt::format("The field {} has no usable value", name))
      .at(std::string(name));
}

Result<float> number(std::string_view name, std::string_view text, float low, float high) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= low && value <= high))
    return bad_field(name);
  return value;
}

Status set(Form& form, const std::string& name, std::string_view value) {
  auto& request = form.request;
  if (name == "job") form.job = value;
  else if (name == "language") request.language = value == "auto" ? "" : value;
  else if (name == "prompt") request.prompt = value;
  else if (name == "temperature") request.temperature = SN_TRY(number(name, value, 0, 1));
  else if (name == "speech_confidence") request.confidence = SN_TRY(number(name, value, 0, 1));
  else if (name == "beam_size") request.beam = static_cast<int>(SN_TRY(number(name, value, 1, 8)));
  else if (name == "languages")
    for (const auto code : text::split(value, ','))
      if (!text::trim(code).empty()) request.languages.emplace_back(text::trim(code));
  return {};
}

template <class T>
T read_number(std::string_view from, std::size_t at) {
  T value{};
  if (at + sizeof value <= from.size()) std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

Error no_wave() {
  return Error(Code::unsupported_media, "The file is not WAV with 16 bits, 16 kHz, one channel",
               "Only sensorium itself calls this program; use: sensorium transcribe FILE");
}

Result<std::vector<float>> read_wave(std::string_view file) {
  constexpr std::size_t head = 12, chunk_head = 8, least_format = 16;
  if (file.size() < head || !file.starts_with("RIFF") || file.substr(8, 4) != "WAVE") return no_wave();
  bool known = false;
  for (std::size_t at = head; at + chunk_head <= file.size();) {
    const auto size = read_number<std::uint32_t>(file, at + 4);
    const auto name = file.substr(at, 4);
    at += chunk_head;
    if (name == "fmt " && size >= least_format)
      known = read_number<std::uint16_t>(file, at) == 1 && read_number<std::uint16_t>(file, at + 2) == 1 &&
              read_number<std::uint32_t>(file, at + 4) == WHISPER_SAMPLE_RATE &&
              read_number<std::uint16_t>(file, at + 14) == 16;
    if (name == "data" && known) {
      const std::size_t count = std::min<std::size_t>(size, file.size() - at) / 2;
      if (count > most_samples)
        return Error(Code::too_large, "The chunk is longer than 30 s", "Send it in parts of at most 30 s");
      std::vector<float> samples(count);
      for (std::size_t i = 0; i < count; ++i)
        samples[i] = static_cast<float>(read_number<std::int16_t>(file, at + 2 * i)) / 32768.0F;
      return samples;
    }
    at += size + (size & 1);
  }
  return no_wave();
}

void write_tokens(std::string& out, const HeardSegment& segment) {
  out += R"(,"tokens":[)";
  bool first = true;
  for (const auto& token : segment.tokens) {
    fmt::format_to(std::back_inserter(out), R"({}{{"bytes":")", first ? "" : ",");
    for (const char c : token.text)
      fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
    fmt::format_to(std::back_inserter(out), R"(","p":{:.4f},"at":{:.2f}}})", token.probability, token.at);
    first = false;
  }
  out += ']';
}

}  // namespace

Result<Form> read_form(std::string_view body) {
  const auto line = body.substr(0, body.find("\r\n"));
  if (line.size() < 3 || !line.starts_with("--"))
    return Error(Code::invalid_request, "The body is not multipart/form-data");
  Form form;
  std::string name, value, file;
  bool is_file = false;
  net::MultipartParser parser(line.substr(2),
                              {.begin = [&](const net::PartHead& head) -> Status {
                                 name = head.name;
                                 is_file = head.name == "file";
                                 value.clear();
                                 return {};
                               },
                               .data = [&](std::string_view bytes) -> Status {
                                 (is_file ? file : value) += bytes;
                                 if (value.size() > longest_field) return bad_field(name);
                                 return {};
                               },
                               .end = [&] { return is_file ? Status{} : set(form, name, value); }});
  SN_TRY(parser.feed(body));
  SN_TRY(parser.finish());
  form.samples = SN_TRY(read_wave(file));
  form.request.samples = form.samples;
  return form;
}

std::string reply_json(const Heard& heard, double seconds, HearRequest::Task task) {
  const int id = whisper_lang_id(heard.language.c_str());
  std::string all;
  for (const auto& segment : heard.segments) all += segment.text;
  std::string out = fmt::format(
      R"({{"task":"{}","language":"{}","language_code":"{}","language_probability":{:.4f},"duration":{:.3f},"text":{},"dropped":"{}","language_probabilities":{{)",
      task == HearRequest::Task::translate ? "translate" : "transcribe",
      whisper_lang_str_full(std::max(id, 0)), heard.language, heard.language_probability, seconds,
      text::json_quote(text::clean_utf8(text::trim(all))), heard.dropped);
  for (std::size_t i = 0; i < heard.languages.size(); ++i)
    fmt::format_to(std::back_inserter(out), R"({}"{}":{:.4f})", i > 0 ? "," : "", heard.languages[i].first,
                   heard.languages[i].second);
  out += R"(},"segments":[)";
  for (std::size_t i = 0; i < heard.segments.size(); ++i) {
    const auto& segment = heard.segments[i];
    fmt::format_to(
        std::back_inserter(out),
        R"({}{{"id":{},"start":{:.2f},"end":{:.2f},"text":{},"temperature":{:.1f},"avg_logprob":{:.4f},"compression_ratio":{:.3f},"no_speech_prob":{:.4f})",
        i > 0 ? "," : "", i, segment.start, segment.end, text::json_quote(text::clean_utf8(segment.text)),
        heard.temperature, heard.avg_logprob, heard.compression, heard.no_speech);
    write_tokens(out, segment);
    out += '}';
  }
  return out += "]}";
}

}  // namespace sensorium::speech
