// The reader engine: hands the original picture to the sensorium-reader child and quotes what matches.
// Surprising: it runs no language model, so max_tokens, system prompt and temperature mean nothing to
// it, and it says so in a warning.
#include <fmt/format.h>

#include "engine/local/reader_quote.h"
#include "engine/local/reader_tiles.h"
#include "engine/local/runtime.h"
#include "engine/registry.h"
#include "exec/guard.h"

namespace sensorium {
namespace {

constexpr std::size_t most_pictures = 16;
constexpr std::int64_t child_memory = 450LL << 20;  // its peak on a page of 30 lines

class ReaderEngine final : public ChatEngine {
 public:
  explicit ReaderEngine(const EngineResources& resources)
      : http_(resources.http), runtime_(resources.runtime) {}

  EngineCard card(std::string_view) const override {
    EngineCard card;
    card.name = "reader";
    card.where = EngineCard::Where::local;
    card.max_pictures = static_cast<int>(most_pictures);
    card.prepare.as_is = true;
    card.tokens.kind = TokenRule::Kind::none;
    card.price = Price{};
    card.generates = false;
    card.languages = {"en", "zh"};
    return card;
  }

  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override {
    co_return co_await guarded(ctx, answer(ctx, request, sink));
  }

 private:
  Task<Completion> answer(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) {
    const Turn* question = last_question(request);
    if (!question || question->pictures.empty())
      co_return Error(Code::invalid_request, "The reader answers questions about pictures, and there is none",
                      "Name a picture after the question");
    if (wholes(*question) > most_pictures)
      co_return Error(Code::model_limit,
                      fmt::format("The reader takes at most {} pictures at once", most_pictures),
                      "Ask about fewer pictures at once");
    std::vector<reader::ReadPage> pages;
    std::vector<reader::TilePage> tiles;  // of the picture at hand
    const local::Lease lease = SN_CO_TRY(co_await acquire(ctx));
    for (const auto& part : question->pictures) {
      auto page = SN_CO_TRY(co_await read(ctx, lease, part));
      const bool goes_on = part.place && !tiles.empty() && tiles.back().place.picture == part.place->picture;
      if (!tiles.empty() && !goes_on) pages.push_back(reader::joined(std::exchange(tiles, {})));
      if (part.place) tiles.push_back({*part.place, std::move(page)});
      else pages.push_back(std::move(page));
    }
    if (!tiles.empty()) pages.push_back(reader::joined(tiles));
    Completion completion;
    completion.model = "reader";
    for (std::size_t i = 0; i < pages.size(); ++i)
      for (const auto& line : pages[i].lines)
        completion.lines.push_back(
            {i, line.text, {line.box.left, line.box.top, line.box.right - line.box.left, line.box.height()}});
    const TimePoint begin = SteadyClock::now();
    for (const auto& piece : reader::compose(question->text, pages)) {
      completion.text += piece;
      if (request.stream) SN_CO_TRY(co_await sink.text(piece));
    }
    completion.first_token = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin);
    completion.usage.from_provider = true;  // nothing is billed: zero is exact
    co_return completion;
  }

  /// Tiles of one picture stand side by side and count as one.
  static std::size_t wholes(const Turn& question) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < question.pictures.size(); ++i) {
      const auto &place = question.pictures[i].place, &before = question.pictures[i == 0 ? 0 : i - 1].place;
      if (i == 0 || !place || !before || place->picture != before->picture) ++count;
    }
    return count;
  }

  static const Turn* last_question(const ChatRequest& request) {
    for (auto turn = request.turns.rbegin(); turn != request.turns.rend(); ++turn)
      if (turn->role == Turn::Role::user) return &*turn;
    return nullptr;
  }

  Task<local::Lease> acquire(const CallContext& ctx) {
    local::ChildSpec spec;
    spec.name = "reader";
    spec.argv = {SN_CO_TRY(runtime_.reader_program()), "--socket", "{socket}", "--threads",
                 std::to_string(local::child_threads(runtime_.options()))};
    spec.ready_within = Milliseconds(60'000);
    spec.idle_stop = runtime_.options().keep_warm;
    spec.memory_bytes = child_memory;
    co_return co_await runtime_.acquire(ctx, spec);
  }

  Task<reader::ReadPage> read(const CallContext& ctx, const local::Lease& lease, const PicturePart& part) {
    net::HttpCall call;
    call.url = net::join(lease.url(), "/read");
    call.headers = {{"Authorization", "Bearer " + lease.key()}, {"Content-Type", "application/octet-stream"}};
    call.body.emplace_back(*part.original.bytes);
    call.timeouts.first_byte = Milliseconds(300'000);
    const auto reply = SN_CO_TRY(co_await http_.send(ctx, call));
    if (reply.status != 200) co_return reader::parse_reader_error(reply.status, reply.body);
    co_return reader::parse_page(reply.body);
  }

  net::HttpClient& http_;
  local::Runtime& runtime_;
};

Result<std::unique_ptr<ChatEngine>> create(const EngineSettings&, const EngineResources& resources) {
  return std::make_unique<ReaderEngine>(resources);
}

}  // namespace

extern const EngineDef reader_engine;
const EngineDef reader_engine{
    "reader", "reads text, codes and measured facts of pictures and quotes what matches", {}, create};

}  // namespace sensorium
