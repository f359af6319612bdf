// Service: built from a Config, bottom up; lists what can be asked.
#include "service/service.h"

#include <algorithm>

#include "base/text.h"
#include "engine/local/catalogue.h"
#include "engine/local/folders.h"
#include "engine/local/memory.h"
#include "service/service_shared.h"

namespace sensorium::service {
namespace {

constexpr std::size_t pool_queue = 512;

local::RuntimeOptions runtime_options(const Config& config, ModelPaths paths) {
  local::RuntimeOptions options;
  options.model_paths = paths == ModelPaths::allowed;
  options.models_dir = config.local.models_dir;
  options.cache_dir = config.local.cache_dir;
  options.reader_program = config.local.reader;
  options.llama_program = config.local.llama_server;
  options.keep_warm = config.local.keep_warm;
  options.max_memory_bytes = config.local.max_memory.bytes();
  return options;
}

media::PictureLimits picture_limits(const Config& config) {
  media::PictureLimits limits;
  limits.max_bytes = config.media.max_bytes.bytes();
  limits.max_pixels = config.media.max_megapixels * 1'000'000;
  return limits;
}

net::AddressPolicy address_policy(const MediaConfig& media) {
  net::AddressPolicy policy;
  policy.allow_hosts = media.allow_hosts;
  policy.deny_hosts = media.deny_hosts;
  if (media.allow_private_addresses) policy.private_addresses = net::PrivateAddresses::allowed;
  return policy;
}

void add_marks(ModelInfo& info) {
  const JudgedModel* judged = ChoiceTable::builtin().find(info.name);
  if (!judged) return;
  info.good_at = judged->good_at();
  info.latency = judged->latency;
  info.gpu = judged->gpu;
  if (info.note.empty()) info.note = judged->note;
}

ModelInfo describe(const EngineCard& card, std::string provider, std::string state) {
  ModelInfo info;
  info.name = card.name;
  info.provider = std::move(provider);
  info.where = card.where == EngineCard::Where::local ? "local" : "remote";
  info.state = std::move(state);
  info.pictures = card.max_pictures > 0;
  info.max_pictures = card.max_pictures;
  info.json_schema = card.json_schema;
  info.context_tokens = card.context_tokens;
  if (card.price) {
    info.input_price = card.price->input;
    info.output_price = card.price->output;
  }
  add_marks(info);
  return info;
}

ModelInfo describe(const local::InstalledModel& model, const EngineCard& card) {
  ModelInfo info;
  info.name = std::string(local_provider) + "/" + model.name;
  info.provider = local_provider;
  info.where = "local";
  info.state = "ready";
  info.pictures = model.vision();
  info.max_pictures = model.vision() ? card.max_pictures : 0;
  info.json_schema = card.json_schema;
  info.memory_bytes = model.memory_bytes(local::served_context(model));
  info.context_tokens = model.context_tokens;
  info.input_price = info.output_price = 0;
  info.note = model.test_only ? "for tests only: its answers mean nothing" : model.title;
  add_marks(info);
  return info;
}

Result<std::shared_ptr<net::Tape>> open_tape(const ModelsConfig& config) {
  if (!config.record.empty()) return net::Tape::open(net::Tape::Mode::record, config.record);
  if (!config.replay.empty()) return net::Tape::open(net::Tape::Mode::replay, config.replay);
  return std::shared_ptr<net::Tape>();
}

}  // namespace

Service::Shared::Shared(Config given, Providers known, std::optional<ModelTable> own_table, ModelPaths paths)
    : config(std::move(given)),
      providers(std::move(known)),
      chain(config, metrics),
      own_models(std::move(own_table)),
      models(own_models ? *own_models : ModelTable::builtin()),
      memory(config.media.max_decode_memory.bytes()),
      limits(picture_limits(config)),
      pool(0, pool_queue, media::finish_thread),
      runtime(runtime_options(config, paths)),
      shelf(config.local.models_dir),
      stores(config, metrics),
      addresses(address_policy(config.media)) {}

Service::Service(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::create(Config config, ModelPaths paths) {
  SN_TRY(EngineChain::check(config));
  Providers providers = SN_TRY(Providers::load(config, process_sources().environment));
  std::optional<ModelTable> own_table;
  if (!config.models.table.empty()) own_table = SN_TRY(ModelTable::load(config.models.table));
  auto tape = SN_TRY(open_tape(config.models));
  auto shared =
      std::make_unique<Shared>(std::move(config), std::move(providers), std::move(own_table), paths);
  shared->tape = std::move(tape);
  return std::unique_ptr<Service>(new Service(std::move(shared)));
}

void Service::listens_on(std::string_view address) { shared_->addresses.own = net::own_addresses(address); }

const Config& Service::config() const noexcept { return shared_->config; }
Metrics& Service::metrics() noexcept { return shared_->metrics; }

std::unique_ptr<ServiceShard> Service::open_shard(boost::asio::io_context& io) {
  return std::make_unique<ServiceShard>(*shared_, io);
}

Result<std::vector<std::string>> Service::chain(std::string_view name, bool offline) const {
  const auto refs = SN_TRY(choose(shared_->choice(), name, offline ? Reach::this_machine : Reach::anywhere));
  std::vector<std::string> names;
  for (const auto& ref : refs) names.push_back(ref.full_name());
  return names;
}

std::vector<ModelInfo> Service::models() const {
  std::vector<ModelInfo> list, rest;  // what can be asked at once, and what needs a key or a server
  ModelInfo reader;
  reader.name = reader.provider = std::string(reader_name);
  reader.where = "local";
  reader.state = shared_->runtime.reader_program() ? "ready" : "not built";
  reader.pictures = true;
  reader.input_price = reader.output_price = 0;
  reader.note = "quotes text, codes and measured facts; cannot see objects or scenes";
  add_marks(reader);
  for (const auto& provider : shared_->providers.all()) {
    const bool listed = provider.usable() && (provider.wants_key || provider.configured);
    for (const auto& model : shared_->models.models(provider.settings.name)) {
      if (model.ends_with('*')) continue;
      EngineCard card = shared_->models.card(provider.settings.name, model);
      card.name = provider.settings.name + "/" + model;
      auto& group = listed ? list : rest;
      group.push_back(describe(card, provider.settings.name,
                               listed               ? "ready"
                               : provider.wants_key ? "no key"
                                                    : "by URL"));
    }
  }
  for (const auto& model : shared_->shelf.list()->models)
    list.push_back(describe(model, shared_->models.card(local_provider, model.family)));
  list.push_back(std::move(reader));
  list.insert(list.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
  return list;
}

namespace {

constexpr media::Size usual_photograph{1024, 768};
constexpr std::int64_t usual_prompt = 100, usual_answer = 200;  // tokens

std::optional<double> usual_cost(const EngineCard& card) {
  const auto picture = picture_tokens(card.tokens, usual_photograph, media::Detail::high);
  return cost_usd(card, {.input_tokens = picture + usual_prompt, .output_tokens = usual_answer});
}

std::string memory_words(std::int64_t wanted, std::int64_t free) {
  return text::human_bytes(static_cast<std::uint64_t>(wanted)) + " of memory, " +
         text::human_bytes(static_cast<std::uint64_t>(free)) + " are free";
}

std::optional<Standing> standing_of_local(const local::InstalledList& installed, std::string_view name,
                                          std::int64_t free) {
  Standing out{.state = Standing::State::ready, .need = {}, .cost = 0.0};
  const auto here = std::ranges::find(installed.models, name, &local::InstalledModel::name);
  std::int64_t wanted = 0, download = 0;
  if (here != installed.models.end()) {
    wanted = here->memory_bytes(local::served_context(*here));
  } else {
    const auto known = local::Catalogue::builtin().find(name);
    if (!known) return std::nullopt;
    wanted = known->memory_bytes;
    download = known->download_bytes();
    out.state = Standing::State::to_pull;
  }
  out.need = memory_words(wanted, free);
  if (download > 0)
    out.need = text::human_bytes(static_cast<std::uint64_t>(download)) + " to download, " + out.need;
  if (wanted > free) out.state = Standing::State::no_room;
  return out;
}

}  // namespace

std::vector<Recommendation> Service::recommend(Purpose purpose) const {
  const auto installed = shared_->shelf.list();
  const std::int64_t free = local::free_memory();
  return service::recommend(
      ChoiceTable::builtin(), purpose, [&](const JudgedModel& model) -> std::optional<Standing> {
        const std::string_view name = model.model;
        if (name == reader_name) {
          if (!shared_->runtime.reader_program()) return std::nullopt;
          return Standing{.state = Standing::State::ready, .need = {}, .cost = 0.0};
        }
        const auto slash = name.find('/');
        const std::string_view provider = name.substr(0, slash), bare = name.substr(slash + 1);
        if (provider == local_provider) return standing_of_local(*installed, bare, free);
        const Provider* known = shared_->providers.find(provider);
        if (!known) return std::nullopt;
        const bool ready = known->usable();
        return Standing{.state = ready ? Standing::State::ready : Standing::State::no_key,
                        .need = known->preset ? std::string(known->preset->key_variable) : std::string(),
                        .cost = usual_cost(shared_->models.card(provider, bare))};
      });
}

}  // namespace sensorium::service
