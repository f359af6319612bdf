// Fields in the order of the contract.
#include "service/film_json.h"

#include <fmt/format.h>

#include <charconv>

#include "base/json.h"
#include "base/text.h"
#include "service/item_json.h"

namespace sensorium::service {
namespace {

void write_frame(JsonText& json, const FilmFrame& frame) {
  json.open('{')
      .field("index", frame.index)
      .rounded("time", frame.time)
      .field("phash", fmt::format("{:016x}", frame.phash))
      .key("scene_changed")
      .boolean(frame.scene_changed)
      .field("decision", frame.decision)
      .key("caption");
  if (frame.caption) json.text(*frame.caption);
  else json.null();
  if (frame.error) json.key("error").raw(error_object(*frame.error, ""));
  json.close('}');
}

void write_usage(JsonText& json, const Timeline& timeline) {
  json.open('{')
      .field("input_tokens", timeline.usage.input_tokens)
      .field("output_tokens", timeline.usage.output_tokens)
      .field("calls", timeline.calls)
      .field("repeated_calls", timeline.repeated_calls)
      .close('}');
}

void write_head(JsonText& json, const Timeline& timeline) {
  const auto& source = timeline.source;
  json.field("schema", "sensorium.timeline/1").key("source").open('{').field("sha256", source.sha256);
  json.rounded("duration", source.duration);
  json.field("width", source.width).field("height", source.height).rounded("fps", source.fps);
  json.field("codec", source.codec).close('}');
  const auto& sampling = timeline.sampling;
  json.key("sampling").open('{').key("fps").number(sampling.fps).field("threshold", sampling.threshold);
  json.field("sampled", sampling.sampled)
      .field("scene_changed", sampling.scene_changed)
      .field("sent", sampling.sent)
      .field("duplicates", sampling.duplicates)
      .field("failed", sampling.failed)
      .field("decoded", sampling.decoded)
      .close('}');
}

void write_scenes(JsonText& json, const Timeline& timeline) {
  json.key("scenes").open('[');
  for (std::size_t i = 0; i < timeline.scenes.size(); ++i) {
    const auto& scene = timeline.scenes[i];
    json.open('{').field("index", static_cast<std::int64_t>(i)).rounded("start", scene.start);
    json.rounded("end", scene.end).rounded("frame_time", scene.frame_time);
    json.field("caption", scene.caption).close('}');
  }
  json.close(']').key("chapters").open('[');
  for (const auto& chapter : timeline.chapters)
    json.open('{')
        .rounded("start", chapter.start)
        .rounded("end", chapter.end)
        .field("title", chapter.title)
        .field("summary", chapter.summary)
        .close('}');
  json.close(']');
}

void write_transcript(JsonText& json, const Timeline& timeline) {
  json.key("transcript");
  if (timeline.transcript_source.empty()) {
    json.null();
    return;
  }
  std::string all;
  for (const auto& cue : timeline.transcript) all += (all.empty() ? "" : " ") + cue.text;
  json.open('{').field("schema", "sensorium.transcript/1").field("text", all);
  json.field("source", timeline.transcript_source).key("segments").open('[');
  for (std::size_t i = 0; i < timeline.transcript.size(); ++i) {
    const auto& cue = timeline.transcript[i];
    json.open('{').field("id", static_cast<std::int64_t>(i)).rounded("start", cue.start);
    json.rounded("end", cue.end).field("text", cue.text).close('}');
  }
  json.close(']').close('}');
}

Error wrong(std::string_view name, std::string_view wanted) {
  return Error(Code::invalid_request, fmt::format("\"{}\" must be {}", name, wanted)).at(std::string(name));
}

Result<double> number_in(std::string_view name, std::string_view text, double low, double high) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high))
    return wrong(name, fmt::format("a number from {} to {}", low, high));
  return value;
}

Result<bool> truth_in(std::string_view name, std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return wrong(name, "true or false");
}

}  // namespace

Status set_film_field(FilmQuestion& question, std::string_view name, std::string_view value) {
  constexpr double slowest = 0.1, fastest = 10, longest = 1e6, many = 100'000;
  const auto whole = [&](double low, double high) -> Result<std::int64_t> {
    return static_cast<std::int64_t>(SN_TRY(number_in(name, value, low, high)));
  };
  if (name == "prompt") question.prompt = value;
  else if (name == "why") question.why = value;
  else if (name == "model") question.model = value;
  else if (name == "fps") {
    if (value == "auto") question.fps.reset();
    else question.fps = SN_TRY(number_in(name, value, slowest, fastest));
  } else if (name == "scene_only") question.scene_only = SN_TRY(truth_in(name, value));
  else if (name == "speech") question.speech = SN_TRY(truth_in(name, value));
  else if (name == "stream") question.stream = SN_TRY(truth_in(name, value));
  else if (name == "no_model") question.ask = !SN_TRY(truth_in(name, value));
  else if (name == "target_frames") question.target_frames = SN_TRY(whole(1, many));
  else if (name == "max_frames") question.max_frames = SN_TRY(whole(1, many));
  else if (name == "threshold") question.threshold = static_cast<int>(SN_TRY(whole(0, 64)));
  else if (name == "concurrency") question.concurrency = static_cast<int>(SN_TRY(whole(1, 64)));
  else if (name == "max_tokens") question.max_tokens = static_cast<int>(SN_TRY(whole(1, 4096)));
  else if (name == "from") question.from = SN_TRY(number_in(name, value, 0, longest));
  else if (name == "to") question.to = SN_TRY(number_in(name, value, 0, longest));
  else if (name == "max_cost") question.max_cost = SN_TRY(number_in(name, value, 0, longest));
  else if (name == "scenes") {
    if (value == "hash") question.scenes = SceneDetector::hash;
    else if (value == "content") question.scenes = SceneDetector::content;
    else if (value == "adaptive") question.scenes = SceneDetector::adaptive;
    else return wrong(name, "hash, content or adaptive");
  } else if (name == "sampling") {
    if (value == "exact") question.sampling = FilmSampling::exact;
    else if (value == "snap") question.sampling = FilmSampling::snap;
    else if (value == "keyframes") question.sampling = FilmSampling::keyframes;
    else return wrong(name, "exact, snap or keyframes");
  } else if (name == "cache") {
    if (value == "use") question.cache = CacheChoice::use;
    else if (value == "refresh") question.cache = CacheChoice::refresh;
    else if (value == "off") question.cache = CacheChoice::off;
    else return wrong(name, "use, refresh or off");
  } else question.ignored.emplace_back(text::shorten(name, 100));
  return {};
}

Result<FilmQuestion> parse_film_question(std::string_view body) {
  const auto value = SN_TRY(json::parse(body));
  if (!value.is_object()) return Error(Code::invalid_request, "The body must be a JSON object");
  FilmQuestion question;
  for (const auto& [name, field] : value.get_object()) {
    if (name == "video_url") {
      if (!field.is_string()) return wrong(name, "a URL");
      question.path = question.label = std::string(field.get_string());
    } else if (field.is_string()) {
      SN_TRY(set_film_field(question, name, field.get_string()));
    } else if (!field.is_null()) {
      SN_TRY(set_film_field(question, name, json::serialize(field)));
    }
  }
  if (question.path.empty())
    return Error(Code::invalid_request, "\"video_url\" is missing",
                 "Or send the film as a form with a part \"file\".")
        .at("video_url");
  return question;
}

std::string timeline_json(const Timeline& timeline) {
  JsonText json(4096 + timeline.frames.size() * 160);
  json.open('{');
  write_head(json, timeline);
  json.key("frames").open('[');
  for (const auto& frame : timeline.frames) write_frame(json, frame);
  json.close(']');
  write_scenes(json, timeline);
  json.field("summary", timeline.summary);
  write_transcript(json, timeline);
  json.key("timeline").texts(timeline.timeline).key("model");
  if (timeline.model.empty()) json.null();
  else json.text(timeline.model);
  json.key("usage");
  write_usage(json, timeline);
  json.key("cost_usd").number(timeline.cost_usd).key("timings_ms").open('{');
  json.key("read").number(timeline.read_ms).key("total").number(timeline.total_ms).close('}');
  json.key("warnings").texts(timeline.warnings).close('}');
  return std::move(json).take();
}

std::string film_frame_json(const FilmFrame& frame) {
  JsonText json;
  write_frame(json, frame);
  return std::move(json).take();
}

std::string film_decision_json(const FilmFrame& frame) {
  JsonText json;
  json.open('{').field("index", frame.index).rounded("time", frame.time);
  json.field("phash", fmt::format("{:016x}", frame.phash)).field("distance", frame.distance);
  json.key("scene_changed").boolean(frame.scene_changed).field("decision", frame.decision).key("like");
  if (frame.like) json.integer(*frame.like);
  else json.null();
  json.field("reason", frame.reason).close('}');
  return std::move(json).take();
}

std::string film_plan_json(const FilmPlan& plan) {
  JsonText json;
  json.open('{').field("schema", "sensorium.plan/1").field("verb", "timeline").key("model");
  if (plan.model.empty()) json.null();
  else json.text(plan.model);
  json.key("pictures").open('[').close(']').field("frames", plan.frames).field("calls", plan.calls);
  json.field("input_tokens", plan.input_tokens).field("output_tokens_max", plan.output_tokens_max);
  end_plan(json, plan.cost_usd, plan.warnings);
  return std::move(json).take();
}

std::string film_begin_line(std::string_view input) {
  JsonText json;
  json.open('{').field("type", "begin").field("verb", "timeline").field("input", input).close('}');
  return std::move(json).take();
}

std::string film_item_line(std::string_view input, const Result<Timeline>& outcome) {
  return item_of<Timeline>(
      input, outcome, outcome ? outcome->cost_usd : std::nullopt,
      [](JsonText& json, const Timeline& timeline) { json.raw(timeline_json(timeline)); }, write_usage);
}

}  // namespace sensorium::service
