// ServiceShard::compare: the measured part first, then the words.
#include <fmt/format.h>

#include <algorithm>

#include "base/ids.h"
#include "pipeline/compare.h"
#include "service/admission.h"
#include "service/question_json.h"
#include "service/shard_impl.h"

namespace sensorium::service {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

Measured to_measured(const media::Comparison& from) {
  Measured out{from.equal, from.ssim, from.changed, from.phash_distance, {}};
  for (const auto& r : from.regions) out.regions.push_back({r.x, r.y, r.width, r.height});
  return out;
}

/// What --only pixels tells about the pictures: they are sent nowhere.
PictureReport measured_picture(const media::Picture& picture) {
  const auto size = picture.facts.upright_size();
  PictureReport report;
  report.width = report.sent_width = size.width;
  report.height = report.sent_height = size.height;
  report.mime = picture.mime();
  return report;
}

Answer without_model(const std::vector<media::Picture>& pictures) {
  Answer answer;
  answer.model = "pixels";
  answer.finish_reason = "stop";
  answer.cost_usd = 0;
  answer.usage.from_provider = true;
  for (const auto& picture : pictures) answer.pictures.push_back(measured_picture(picture));
  return answer;
}

std::string percent(double share) { return fmt::format("{:.2f} %", share * 100); }

std::string measured_words(const std::vector<Measured>& measured) {
  std::string out;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const auto& m = measured[i];
    const std::size_t n = m.regions.size();
    out += m.equal ? fmt::format("Pictures 1 and {} are equal.\n", i + 2)
                   : fmt::format(
                         "Pictures 1 and {} differ: {} of the pixels changed, in {} region{}; SSIM {:.4f}; "
                         "hash distance {}.\n",
                         i + 2, percent(m.changed), n, n == 1 ? "" : "s", m.ssim, m.phash_distance);
  }
  return out;
}

std::string words(const Comparison& comparison) {
  std::string out;
  const auto list = [&](std::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    out += fmt::format("{}\n", title);
    for (const auto& line : lines) out += fmt::format("- {}\n", line);
  };
  list("Similarities:", comparison.similarities);
  list("Differences:", comparison.differences);
  if (comparison.recommendation) out += fmt::format("Recommendation: {}\n", *comparison.recommendation);
  return out;
}

}  // namespace

bool Comparison::differs() const noexcept {
  if (measured.empty()) return !differences.empty();
  return !std::ranges::all_of(measured, &Measured::equal);
}

Task<Comparison> ServiceShard::compare(const CallContext& ctx, Question& question, AnswerSink& sink) {
  const TimePoint begin = SteadyClock::now();
  SN_CO_TRY(check_comparison(question));
  std::vector<pipeline::Candidate> candidates;
  if (question.parts != CompareParts::pixels) candidates = SN_CO_TRY(impl_->candidates(question));
  Opened opened{.question = SN_CO_TRY(without_pictures(question))};
  SN_CO_TRY(co_await impl_->open(ctx, question, opened));
  question.pictures.clear();
  Comparison out;
  std::vector<std::string> warnings = question.warnings;
  warnings.insert(warnings.end(), opened.warnings.begin(), opened.warnings.end());
  if (question.parts != CompareParts::words) {
    SN_CO_TRY(co_await sink.stage("comparing pixels"));
    const auto measured = SN_CO_TRY(co_await pipeline::measure(ctx, impl_->media, opened.question.pictures,
                                                               {.tolerance = question.tolerance}));
    for (const auto& one : measured) {
      out.measured.push_back(to_measured(one));
      if (one.regions_left_out > 0)
        warnings.push_back(fmt::format("{} smaller regions are not listed", one.regions_left_out));
    }
  }
  if (question.parts == CompareParts::pixels) {
    out.answer = without_model(opened.question.pictures);
    out.answer.id = make_id("cmp-");
    out.answer.warnings = std::move(warnings);
  } else {
    const pipeline::StageCallback stage = [&sink](std::string_view name) { return sink.stage(name); };
    const auto& first = candidates.front();
    const auto permit = SN_CO_TRY(
        co_await admit(impl_->shared.chain, ctx, question, opened.question, first.engine->card(first.model)));
    auto made = SN_CO_TRY(co_await pipeline::compare_in_words(ctx, impl_->media, std::move(opened.question),
                                                              candidates, stage));
    out.answer = to_answer(*made.answer, question);
    out.answer.data.clear();
    out.similarities = std::move(made.words.similarities);
    out.differences = std::move(made.words.differences);
    out.recommendation = std::move(made.words.recommendation);
    for (std::size_t i = question.warnings.size(); i < warnings.size(); ++i)
      out.answer.warnings.push_back(warnings[i]);
    settle(permit.get(), out.answer);
    record(impl_->shared.metrics, out.answer);
  }
  out.answer.result = words(out) + measured_words(out.measured);
  out.answer.timings_ms.fetch = ms(opened.fetch);
  out.answer.timings_ms.decode = ms(opened.decode);
  out.answer.timings_ms.total = ms(duration_cast<microseconds>(SteadyClock::now() - begin));
  co_return out;
}

}  // namespace sensorium::service
