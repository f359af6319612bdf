// Idempotency: the same answer for a repeat, none for another question, waiting, bounds and expiry.
#include "server/idempotency.h"

#include <gtest/gtest.h>

#include "exec/guard.h"
#include "exec/run_task.h"

namespace sensorium::server {
namespace {

const CallContext anyone;

service::Answer answer(std::string text) {
  service::Answer out;
  out.result = std::move(text);
  return out;
}

TEST(Idempotency, RepeatGetsTheFirstAnswer) {
  Idempotency all;
  {
    auto first = run_task(all.claim(anyone, "k", "q"));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->answer, nullptr);
    first->claim.keep(answer("one"));
  }
  const auto again = run_task(all.claim(anyone, "k", "q"));
  ASSERT_TRUE(again);
  ASSERT_NE(again->answer, nullptr);
  EXPECT_EQ(again->answer->result, "one");
}

TEST(Idempotency, AnotherQuestionUnderTheKeyIsRefused) {
  Idempotency all;
  auto first = run_task(all.claim(anyone, "k", "q"));
  const auto in_flight = run_task(all.claim(anyone, "k", "other"));
  ASSERT_FALSE(in_flight);
  EXPECT_EQ(in_flight.error().code, Code::invalid_request);
  EXPECT_EQ(in_flight.error().param, "Idempotency-Key");
  first->claim.keep(answer("one"));
  EXPECT_FALSE(run_task(all.claim(anyone, "k", "other")));
}

TEST(Idempotency, FailureLetsTheRepeatTry) {
  Idempotency all;
  { auto failed = run_task(all.claim(anyone, "k", "q")); }
  EXPECT_EQ(all.size(), 0U);
  EXPECT_EQ(run_task(all.claim(anyone, "k", "q"))->answer, nullptr);
}

Task<> answer_later(Idempotency& all, std::string text) {
  auto place = SN_CO_TRY(co_await all.claim(anyone, "k", "q"));
  SN_CO_TRY(co_await sleep_for(anyone, Milliseconds(10)));
  if (!text.empty()) place.claim.keep(answer(text));
  co_return Status{};
}

Task<> expect_answer(Idempotency& all, std::string& seen) {
  const auto place = SN_CO_TRY(co_await all.claim(anyone, "k", "q"));
  seen = place.answer ? place.answer->result : "its turn";
  co_return Status{};
}

TEST(Idempotency, RepeatInFlightWaitsForTheFirst) {
  for (const std::string text : {"one", ""}) {
    Idempotency all;
    std::string seen;
    std::vector<Task<>> tasks;
    tasks.push_back(answer_later(all, text));
    tasks.push_back(expect_answer(all, seen));
    boost::asio::io_context io(1);
    run_tasks(io, std::move(tasks));
    EXPECT_EQ(seen, text.empty() ? "its turn" : text);
  }
}

Task<Code> wait_in_vain(Idempotency& all) {
  const auto first = SN_CO_TRY(co_await all.claim(anyone, "k", "q"));
  const CallContext hurried = CallContext().with_timeout(Milliseconds(5));
  const auto second = co_await guarded(hurried, all.claim(hurried, "k", "q"));
  co_return second ? Code::internal : second.error().code;
}

TEST(Idempotency, WaitEndsWithItsCaller) {
  Idempotency all;
  EXPECT_EQ(run_task(wait_in_vain(all)).value(), Code::deadline_exceeded);
}

TEST(Idempotency, IsBoundedAndExpires) {
  Idempotency all({.entries = 10, .bytes = 20'000, .lifetime = Milliseconds(0)});
  for (int i = 0; i < 100; ++i) run_task(all.claim(anyone, std::to_string(i), "q"))->claim.keep(answer("a"));
  EXPECT_LE(all.size(), 10U);
  EXPECT_EQ(run_task(all.claim(anyone, "99", "q"))->answer, nullptr) << "it has expired";
  Idempotency small({.entries = 1000, .bytes = 20'000});
  for (int i = 0; i < 100; ++i)
    run_task(small.claim(anyone, std::to_string(i), "q"))->claim.keep(answer(std::string(1000, 'x')));
  EXPECT_LE(small.size(), 12U);
}

TEST(Idempotency, TooManyInFlightAreTold) {
  Idempotency all({.entries = 2});
  const auto a = run_task(all.claim(anyone, "a", "q")), b = run_task(all.claim(anyone, "b", "q"));
  EXPECT_EQ(run_task(all.claim(anyone, "c", "q")).error().code, Code::overloaded);
}

TEST(IdempotencyKey, BadOnesAreRefused) {
  EXPECT_TRUE(check_idempotency_key("3f2b-aa"));
  for (const std::string& bad : {std::string(), std::string(256, 'a'), std::string("a b"),
                                 std::string("a\x7f"), std::string("\xc3\xa9")})
    EXPECT_EQ(check_idempotency_key(bad).error().code, Code::invalid_request);
}

TEST(Fingerprint, ChangesWithEveryPart) {
  service::Question q;
  q.prompt = "a";
  const std::string base = fingerprint(q);
  service::Question other = q;
  other.pictures.push_back({std::make_shared<const std::string>("x"), "file"});
  EXPECT_NE(base, fingerprint(other));
  other = q;
  other.max_tokens = 5;
  EXPECT_NE(base, fingerprint(other));
  other = q;
  other.schema = "name";
  EXPECT_NE(base, fingerprint(other));
  other = q;
  other.tile.emplace();
  EXPECT_NE(base, fingerprint(other));
  other = q;
  other.pages = "2";
  EXPECT_NE(base, fingerprint(other));
  other = q;
  other.exif = service::ExifChoice::gps;
  EXPECT_NE(base, fingerprint(other));
  other = q;
  other.pictures.push_back({nullptr, "", "https://host/a.png"});
  const std::string by_url = fingerprint(other);
  other.pictures.back().url = "https://host/b.png";
  EXPECT_NE(by_url, fingerprint(other));
  other = q;
  other.caller = "somebody";
  EXPECT_EQ(base, fingerprint(other)) << "the key of the store has it";
  other = q;
  other.prompt = "";
  other.system = "a";
  EXPECT_NE(base, fingerprint(other));
}

}  // namespace
}  // namespace sensorium::server
