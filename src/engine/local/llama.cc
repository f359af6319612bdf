// The engine "llama": pulled GGUF models (or a .gguf by path), each in a llama-server child of its own,
// asked in the OpenAI dialect over a private Unix socket.
// Surprising: what a dying child says last is the best explanation of a broken answer, so errors wait a
// moment for it.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/local/llama_command.h"
#include "engine/registry.h"
#include "engine/remote/call.h"
#include "engine/remote/openai_dialect.h"
#include "exec/cpu_pool.h"
#include "exec/guard.h"

namespace sensorium {
namespace {

using namespace std::chrono_literals;

constexpr int most_questions = 32;  // waiting or running, per shard
constexpr Milliseconds fresh_for_calls{2'000}, fresh_for_cards{60'000};
constexpr Milliseconds last_words_wait{10};
constexpr int last_words_looks = 20;
constexpr std::size_t remembered_models = 64;

/// Counts the questions of one engine while they are there.
class Place {
 public:
  explicit Place(int& taken) : taken_(taken) { ++taken_; }
  ~Place() { --taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  int& taken_;
};

upstream::Quirks llama_quirks() {
  upstream::Quirks quirks;
  quirks.thinking = upstream::Thinking::off_by_template;
  quirks.detail = false;
  quirks.errors = upstream::ErrorFamily::llama;
  return quirks;
}

class LlamaEngine final : public ChatEngine {
 public:
  LlamaEngine(const EngineSettings& settings, const EngineResources& resources)
      : settings_(settings),
        http_(resources.http),
        pool_(resources.pool),
        models_(resources.models),
        runtime_(resources.runtime) {}

  EngineCard card(std::string_view model) const override {
    if (const auto* known = remembered(model, fresh_for_cards))
      return llama_card(models_, *known, runtime_.options());
    auto found = find(runtime_.options(), model);
    if (found) return llama_card(models_, remember(model, std::move(*found)), runtime_.options());
    EngineCard unknown = models_.card("local", model);
    unknown.name = fmt::format("local/{}", model);
    unknown.where = EngineCard::Where::local;
    unknown.price = Price{};
    return unknown;
  }

  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override {
    SN_CO_TRY(ctx.check());
    SN_CO_TRY(check_request(card(request.model), request));
    if (questions_ >= most_questions)
      co_return Error(Code::overloaded, fmt::format("{} questions wait for local models already", questions_),
                      "Try again in a moment, or lower the concurrency")
          .after(1s);
    const Place place(questions_);
    const auto model = SN_CO_TRY(co_await look_up(ctx, request.model));
    const auto spec = local::llama_spec(SN_CO_TRY(runtime_.llama_program()), model, runtime_.options());
    const auto lease = SN_CO_TRY(co_await runtime_.acquire(ctx, spec));
    const auto target = target_of(lease);
    const auto limits = llama_card(models_, model, runtime_.options());
    auto answer = co_await upstream::ask(ctx, http_, target, memory_, limits, request, sink);
    if (answer) {
      answer->model = model.name;
      co_return answer;
    }
    co_return co_await explained(ctx, spec.name, std::move(answer).error());
  }

 private:
  struct Known {
    local::InstalledModel model;
    TimePoint seen;
  };

  static Result<local::InstalledModel> find(const local::RuntimeOptions& options, std::string_view name) {
    if (name.contains('/') && !options.model_paths)
      return Error(Code::forbidden, "Models by path are not offered here",
                   "Import the model: sensorium models import PATH");
    return local::find_installed(options.models_dir, name);
  }

  const local::InstalledModel* remembered(std::string_view name, Milliseconds fresh) const {
    const auto found = known_.find(name);
    const bool usable = found != known_.end() && SteadyClock::now() - found->second.seen < fresh;
    return usable ? &found->second.model : nullptr;
  }

  const local::InstalledModel& remember(std::string_view name, local::InstalledModel model) const {
    if (known_.size() >= remembered_models) known_.clear();
    return known_.insert_or_assign(std::string(name), Known{std::move(model), SteadyClock::now()})
        .first->second.model;
  }

  Task<local::InstalledModel> look_up(const CallContext& ctx, const std::string& name) {
    if (name.empty())
      co_return Error(Code::unknown_model, "The name of a local model is missing",
                      "Write it like local/NAME; sensorium models ls shows what is installed");
    if (const auto* known = remembered(name, fresh_for_calls)) co_return *known;
    auto found = co_await pool_.run(
        ctx, [options = runtime_.options(), name](const CallContext&) { return find(options, name); });
    if (!found) {
      known_.erase(name);
      co_return std::move(found).error();
    }
    co_return remember(name, std::move(*found));
  }

  upstream::Target target_of(const local::Lease& lease) const {
    return {.dialect = &openai::dialect,
            .provider = "local",
            .chat_url = net::join(lease.url(), "v1/chat/completions"),
            .api_key = lease.key(),
            .key_variable = "",
            .timeouts = {.connect = settings_.connect,
                         .first_byte = settings_.first_token,
                         .idle = settings_.idle},
            .quirks = llama_quirks()};
  }

  /// A call that broke because the child ended is told in the child's words.
  Task<Completion> explained(const CallContext& ctx, const std::string& child, Error error) {
    const bool broken =
        error.code == Code::upstream_unavailable || error.code == Code::upstream_broken_stream;
    for (int look = 0; broken && look < last_words_looks; ++look) {
      const auto states = runtime_.states();
      const auto state = std::ranges::find(states, child, &local::ChildState::name);
      if (state != states.end() && state->state == "failed") {
        error.message = fmt::format("{}: {}", error.message, state->last_error);
        break;
      }
      if (!co_await sleep_for(ctx, last_words_wait)) break;
    }
    co_return error;
  }

  const EngineSettings settings_;
  net::HttpClient& http_;
  CpuPool& pool_;
  const ModelTable& models_;
  local::Runtime& runtime_;
  upstream::QuirkMemory memory_;
  mutable std::map<std::string, Known, std::less<>> known_;
  int questions_ = 0;
};

Result<std::unique_ptr<ChatEngine>> create(const EngineSettings& settings, const EngineResources& resources) {
  return std::make_unique<LlamaEngine>(settings, resources);
}

}  // namespace

extern const EngineDef llama_engine;
const EngineDef llama_engine{.name = "llama",
                             .summary = "GGUF models in supervised llama-server child processes",
                             .options = {},
                             .create = create};

}  // namespace sensorium
