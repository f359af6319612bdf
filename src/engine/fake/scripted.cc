// An engine whose model name is its script, for tests and for trying the service without a model:
//   scripted/text=Hello there;pieces=4;delay=20ms    scripted/fail=upstream_overloaded;after=2
// Directives: text=, echo, pieces=N, delay=DURATION, first=DURATION, after=N, fail=CODE, finish=REASON,
// retry_after=DURATION, hang, pictures=N (most it takes). Anything else is an unknown model.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "engine/registry.h"
#include "exec/guard.h"

namespace sensorium {
namespace {

constexpr int most_pieces = 100'000, usual_pictures = 4;

struct Script {
  std::string text = "A scripted answer.";
  bool echo = false, hang = false;
  int pieces = 1, after = 0, pictures = usual_pictures;
  Milliseconds delay{0}, first{0};
  std::optional<Milliseconds> retry_after;
  std::optional<Code> failure;
  FinishReason finish = FinishReason::stop;
};

std::optional<Code> code_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i)
    if (facts(static_cast<Code>(i)).name == name) return static_cast<Code>(i);
  return std::nullopt;
}

std::optional<FinishReason> reason_named(std::string_view wanted) {
  for (const auto reason :
       {FinishReason::stop, FinishReason::length, FinishReason::content_filter, FinishReason::tool_calls})
    if (name(reason) == wanted) return reason;
  return std::nullopt;
}

bool set_number(int& target, std::string_view value, int low, int high) {
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), target);
  return failure == std::errc{} && end == value.data() + value.size() && target >= low && target <= high;
}

bool set_duration(Milliseconds& target, std::string_view value) {
  const auto parsed = text::parse_duration(value);
  if (parsed) target = *parsed;
  return parsed.has_value();
}

bool set_failure(std::optional<Code>& target, std::string_view value) {
  target = code_named(value);
  return target.has_value();
}

bool set_reason(FinishReason& target, std::string_view value) {
  const auto reason = reason_named(value);
  target = reason.value_or(target);
  return reason.has_value();
}

bool obey(Script& script, std::string_view name, std::string_view value) {
  if (name == "text") return script.text = value, true;
  if (name == "echo") return script.echo = true;
  if (name == "hang") return script.hang = true;
  if (name == "pieces") return set_number(script.pieces, value, 1, most_pieces);
  if (name == "after") return set_number(script.after, value, 0, most_pieces);
  if (name == "pictures") return set_number(script.pictures, value, 0, most_pieces);
  if (name == "delay") return set_duration(script.delay, value);
  if (name == "first") return set_duration(script.first, value);
  if (name == "retry_after") return set_duration(script.retry_after.emplace(), value);
  if (name == "fail") return set_failure(script.failure, value);
  if (name == "finish") return set_reason(script.finish, value);
  return false;
}

Result<Script> read_script(std::string_view model) {
  Script script;
  for (const std::string_view directive : text::split(model, ';')) {
    const auto equal = directive.find('=');
    const std::string_view value =
        equal == std::string_view::npos ? std::string_view() : directive.substr(equal + 1);
    if (!obey(script, directive.substr(0, equal), value))
      return Error(
          Code::unknown_model,
          fmt::format("\"{}\" is not a direction for the scripted engine", text::shorten(directive, 40)),
          "Write scripted/text=HELLO;pieces=3, or see src/engine/fake/scripted.cc");
  }
  return script;
}

/// Pieces of nearly equal size, cut between characters.
std::vector<std::string_view> cut(std::string_view text, int pieces) {
  std::vector<std::string_view> out;
  const auto count = static_cast<std::size_t>(pieces);
  std::size_t start = 0;
  for (std::size_t i = 1; i <= count && start < text.size(); ++i) {
    std::size_t end = std::max(start + 1, text.size() * i / count);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    out.push_back(text.substr(start, end - start));
    start = end;
  }
  return out;
}

std::string question_of(const ChatRequest& request) {
  for (auto turn = request.turns.rbegin(); turn != request.turns.rend(); ++turn)
    if (turn->role == Turn::Role::user) return turn->text;
  return {};
}

class ScriptedEngine final : public ChatEngine {
 public:
  explicit ScriptedEngine(std::string provider) : provider_(std::move(provider)) {}

  EngineCard card(std::string_view model) const override {
    const auto script = read_script(model);
    EngineCard card;
    card.name = fmt::format("{}/{}", provider_, model);
    card.where = EngineCard::Where::local;
    card.max_pictures = script ? script->pictures : usual_pictures;
    card.price = Price{};
    return card;
  }

  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override {
    const EngineCard limits = card(request.model);
    SN_CO_TRY(check_request(limits, request));
    const Script script = SN_CO_TRY(read_script(request.model));
    co_return co_await guarded(ctx, play(ctx, script, limits, request, sink));
  }

 private:
  static Error failure(const Script& script) {
    Error error(*script.failure, "The script says so", "Change the script");
    error.retry_after = script.retry_after;
    return error;
  }

  static Task<Completion> play(CallContext ctx, Script script, const EngineCard& card,
                               const ChatRequest& request, TokenSink& sink) {
    if (script.hang) SN_CO_TRY(co_await sleep_for(ctx, Milliseconds::max()));
    if (script.first.count() > 0) SN_CO_TRY(co_await sleep_for(ctx, script.first));
    Completion completion;
    completion.text = script.echo ? question_of(request) : script.text;
    int given = 0;
    for (const std::string_view piece : cut(completion.text, script.pieces)) {
      if (script.failure && given == script.after) break;
      if (given > 0 && script.delay.count() > 0) SN_CO_TRY(co_await sleep_for(ctx, script.delay));
      if (request.stream) SN_CO_TRY(co_await sink.text(piece));
      if (given++ == 0) completion.first_token = script.first;
    }
    if (script.failure) co_return failure(script);
    completion.model = request.model;
    completion.finish_reason = script.finish;
    completion.usage = estimate_usage(card, request, completion.text);
    co_return completion;
  }

  std::string provider_;
};

Result<std::unique_ptr<ChatEngine>> create(const EngineSettings& settings, const EngineResources&) {
  return std::make_unique<ScriptedEngine>(settings.name);
}

}  // namespace

extern const EngineDef scripted_engine;
const EngineDef scripted_engine{.name = "scripted",
                                .summary = "answers from a script in the model's name; for tests",
                                .options = {},
                                .create = create};

}  // namespace sensorium
