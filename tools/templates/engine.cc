// The NAME engine: TODO what it talks to, and what is surprising about it.
#include "engine/registry.h"
#include "exec/guard.h"

namespace sensorium {
namespace {

constexpr OptionDef options[] = {
    {.name = "base_url", .default_value = "", .help = "where NAME listens"},
};

class CLASSEngine final : public ChatEngine {
 public:
  CLASSEngine(EngineSettings settings, net::HttpClient& http) : settings_(std::move(settings)), http_(http) {}

  EngineCard card(std::string_view model) const override {
    EngineCard card;
    card.name = settings_.name + "/" + std::string(model);
    return card;
  }

  Task<Completion> complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) override {
    SN_CO_TRY(check_request(card(request.model), request));
    co_return co_await guarded(ctx, ask(ctx, request, sink));
  }

 private:
  Task<Completion> ask(CallContext ctx, const ChatRequest& request, TokenSink& sink) {
    (void)ctx, (void)request, (void)sink, (void)http_;
    co_return Error(Code::not_built_in, "The NAME engine cannot answer yet", "Finish FILE");
  }

  EngineSettings settings_;
  net::HttpClient& http_;
};

Result<std::unique_ptr<ChatEngine>> create(const EngineSettings& settings, const EngineResources& resources) {
  return std::make_unique<CLASSEngine>(settings, resources.http);
}

}  // namespace

extern const EngineDef NAME_engine;
const EngineDef NAME_engine{.name = "NAME",
                            .summary = "TODO one line for `sensorium models ls`",
                            .options = options,
                            .create = create};

}  // namespace sensorium
