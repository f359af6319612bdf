// Bodies, and the loop over events that every dialect shares. Answers are judged by the same rules
// whether they came streamed or whole.
#include "engine/remote/dialect.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"

namespace sensorium::upstream {
namespace {

constexpr std::size_t longest_answer = 16UL << 20;

// Below this, one write of one buffer is quicker than a window of its own.
constexpr std::size_t large_picture = 256UL << 10;
bool is_large(const PicturePart& part) noexcept { return part.picture.bytes->size() > large_picture; }

}  // namespace

std::size_t size_bound(const ChatRequest& request) noexcept {
  constexpr std::size_t frame = 512, per_turn = 64, per_picture = 192;
  std::size_t size = frame + request.model.size();
  if (request.schema) size += 2 * request.schema->json.size();
  for (const Turn& turn : request.turns) {
    size += per_turn + turn.text.size() + turn.text.size() / 8;
    for (const PicturePart& part : turn.pictures)
      size += per_picture + (is_large(part) ? 0 : base64_size(part.picture.bytes->size()));
  }
  return size;
}

void append_base64(RequestBody& body, const PicturePart& part) {
  if (is_large(part)) body.large.push_back({body.text.size(), *part.picture.bytes});
  else base64_append(body.text, *part.picture.bytes);
}

std::vector<net::BodyPiece> RequestBody::pieces() const {
  const std::string_view whole = text;
  std::vector<net::BodyPiece> out;
  std::size_t done = 0;
  for (const auto& picture : large) {
    out.emplace_back(whole.substr(done, picture.at - done));
    out.emplace_back(picture.bytes, net::BodyPiece::Form::base64);
    done = picture.at;
  }
  out.emplace_back(whole.substr(done));
  return out;
}

std::string RequestBody::joined() const {
  std::string out;
  std::size_t size = text.size();
  for (const auto& picture : large) size += base64_size(picture.bytes.size());
  out.reserve(size);
  for (const auto& piece : pieces()) {
    if (piece.form == net::BodyPiece::Form::base64) base64_append(out, piece.bytes);
    else out += piece.bytes;
  }
  return out;
}

Status AnswerReader::feed(std::string_view piece) { return events_.feed(piece); }

bool AnswerReader::take_event() {
  if (done_ || error_) return false;
  return events_.next(event_) || (ended_ && events_.finish(event_));
}

Result<std::string_view> AnswerReader::next() {
  while (take_event())
    if (auto taken = take(event_); !taken) error_ = std::move(taken).error();
  rest();
  if (done_ || ended_ || error_) filter_.end(completion_.text);
  const std::string_view text = std::string_view(completion_.text).substr(given_);
  given_ = completion_.text.size();
  if (text.empty() && error_) return *error_;
  return text;
}

Status AnswerReader::bounded() const {
  if (completion_.text.size() + refusal_.size() <= longest_answer) return {};
  return make_error(source_, Failure::bad_response, "it is far too long");
}

Status AnswerReader::say(std::string_view text) {
  filter_.pass(text, completion_.text);
  return bounded();
}

Status AnswerReader::refuse(std::string_view text) {
  refusal_ += text;
  return bounded();
}

Result<Completion> AnswerReader::finish() {
  if (!done_ && !finished_)
    return make_error(source_, Failure::broken_stream, "it ended without saying that it was complete");
  completion_.lossy = skipped_ > 0;
  if (skipped_ > 0)
    completion_.warnings.push_back(
        skipped_ == 1 ? std::string("One event of the stream was not JSON and was skipped")
                      : fmt::format("{} events of the stream were not JSON and were skipped", skipped_));
  return judged(source_, std::move(completion_), refusal_);
}

Result<Completion> judged(const Source& source, Completion completion, std::string_view refusal) {
  if (!completion.text.empty()) return completion;
  if (!refusal.empty()) return make_error(source, Failure::content_filter, refusal);
  switch (completion.finish_reason) {
    case FinishReason::content_filter:
      return make_error(source, Failure::content_filter);
    case FinishReason::length:
      return Error(Code::model_limit,
                   fmt::format("{}/{} used up its output tokens before it said anything", source.provider,
                               source.model),
                   "Raise --max-tokens: models that think first need room for it");
    default:
      return make_error(source, Failure::bad_response, "the answer is empty");
  }
}

Error stream_error(const Source& source, std::string_view data) {
  return make_error(source, 200, {}, read_error_body(data));
}

Error not_json(const Source& source, std::string_view body) {
  const bool markup = text::trim(body).starts_with('<');
  return make_error(source, Failure::bad_response, markup ? "a web page instead of JSON" : "it is not JSON");
}

}  // namespace sensorium::upstream
