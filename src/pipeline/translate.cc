// Windows of texts with some of their neighbours, asked again for what did not come back.
#include "pipeline/translate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sensorium::pipeline {
namespace {

constexpr int window = 30, neighbours = 5, rounds = 4;
constexpr int tokens_per_text = 120, least_tokens = 512, most_tokens = 8192;
constexpr std::size_t echo_from = 12;  // bytes; shorter texts may be the same in both languages ("OK", names)
constexpr std::string_view schema =
    R"({"type":"array","items":{"type":"object","required":["id","text"],"additionalProperties":false,"properties":{"id":{"type":"integer"},"text":{"type":"string"}}}})";

std::string instructions(const TranslateRequest& request) {
  std::string out = fmt::format(
      "You translate subtitles{} into {}. You get a JSON list of objects with id and text. Answer with a "
      "JSON list of "
      "objects with the same ids, the text of each translated, and nothing else. Translate each text in its "
      "own place: "
      "never join, split, drop or renumber them. Keep tone, names, numbers and the speaker's register.",
      request.from.empty() ? "" : " from " + request.from, request.to);
  if (!request.glossary.empty()) out += "\nUse these translations:\n" + request.glossary;
  return out;
}

class Translation {
 public:
  Translation(const CallContext& ctx, ChatEngine& engine, const std::string& model,
              const TranslateRequest& request)
      : ctx_(ctx), engine_(engine), model_(model), request_(request), done_(request.texts.size()) {
    out_.texts = request.texts;
    for (std::size_t i = 0; i < done_.size(); ++i) done_[i] = text::trim(request.texts[i]).empty();
  }

  Task<Translated> run() {
    int size = window;
    for (int round = 0; round < rounds && missing() > 0; ++round) {
      SN_CO_TRY(co_await ask_all(size));
      size = round + 2 >= rounds ? 1 : std::max(1, size / 4);
    }
    out_.untranslated = missing();
    if (out_.untranslated > 0 && last_error_ && out_.untranslated == static_cast<int>(done_.size()))
      co_return std::move(*last_error_);
    co_return std::move(out_);
  }

 private:
  int missing() const { return static_cast<int>(std::ranges::count(done_, false)); }

  Task<> ask_all(int size) {
    std::vector<int> ids;
    for (std::size_t i = 0; i < done_.size(); ++i)
      if (!done_[i]) ids.push_back(static_cast<int>(i));
    for (std::size_t from = 0; from < ids.size(); from += static_cast<std::size_t>(size)) {
      const auto end = std::min(ids.size(), from + static_cast<std::size_t>(size));
      SN_CO_TRY(co_await ask(std::vector(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                         ids.begin() + static_cast<std::ptrdiff_t>(end))));
    }
    co_return Status{};
  }

  std::string context(int first, int last) const {
    std::string out;
    const auto add = [&](int from, int to) {
      for (int i = std::max(from, 0); i < std::min<int>(to, static_cast<int>(request_.texts.size())); ++i)
        out += std::string(text::trim(request_.texts[static_cast<std::size_t>(i)])) + "\n";
    };
    add(first - neighbours, first);
    out += "...\n";
    add(last + 1, last + 1 + neighbours);
    return out;
  }

  Task<> ask(std::vector<int> ids) {
    std::vector<TranslatedText> texts;
    for (const int id : ids)
      texts.push_back({id, std::string(text::trim(request_.texts[static_cast<std::size_t>(id)]))});
    ChatRequest chat;
    chat.model = model_;
    chat.turns.push_back({Turn::Role::system, instructions(request_), {}});
    chat.turns.push_back({Turn::Role::user,
                          fmt::format("What stands around, only to understand it:\n{}\nTranslate:\n{}",
                                      context(ids.front(), ids.back()), translation_window(texts)),
                          {}});
    chat.max_tokens = std::clamp(static_cast<int>(ids.size()) * tokens_per_text, least_tokens, most_tokens);
    chat.temperature = 0;
    chat.schema = AnswerSchema{std::string(schema), "translations"};
    NullSink sink;
    ++out_.calls;
    auto answer = co_await engine_.complete(ctx_, chat, sink);
    if (!answer) {
      SN_CO_TRY(ctx_.check());
      last_error_ = std::move(answer).error();
      if (!facts(last_error_->code).retry) co_return std::move(*last_error_);
      co_return Status{};
    }
    out_.usage.input_tokens += answer->usage.input_tokens;
    out_.usage.output_tokens += answer->usage.output_tokens;
    take(ids, parse_translations(answer->text));
    co_return Status{};
  }

  bool usable(int id, const std::string& text) const {
    const auto original = text::trim(request_.texts[static_cast<std::size_t>(id)]);
    const auto given = text::trim(text);
    return !given.empty() && (given != original || original.size() < echo_from);
  }

  /// Only ids that were asked for, each once, and only where the texts before and behind came too: a model
  /// that renumbers leaves a hole or a double beside what it moved.
  void take(const std::vector<int>& ids, const std::vector<TranslatedText>& given) {
    const auto once = [&given](int id) { return std::ranges::count(given, id, &TranslatedText::id) == 1; };
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!once(ids[i]) || (i > 0 && !once(ids[i - 1])) || (i + 1 < ids.size() && !once(ids[i + 1])))
        continue;
      const auto item = std::ranges::find(given, ids[i], &TranslatedText::id);
      if (!usable(item->id, item->text)) continue;
      const auto index = static_cast<std::size_t>(item->id);
      out_.texts[index] = text::trim(item->text);
      done_[index] = true;
    }
  }

  const CallContext& ctx_;
  ChatEngine& engine_;
  const std::string& model_;
  const TranslateRequest& request_;
  std::vector<bool> done_;
  std::optional<Error> last_error_;
  Translated out_;
};

}  // namespace

Task<Translated> translate(CallContext ctx, ChatEngine& engine, std::string model, TranslateRequest request) {
  Translation translation(ctx, engine, model, request);
  co_return co_await translation.run();
}

}  // namespace sensorium::pipeline
