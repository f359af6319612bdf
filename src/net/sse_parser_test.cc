// The event stream grammar under every way of cutting a stream into pieces.
#include "net/sse_parser.h"

#include <gtest/gtest.h>

#include <vector>

namespace sensorium::net {
namespace {

struct Seen {
  std::string event, data, id;
  bool operator==(const Seen&) const = default;
  friend void PrintTo(const Seen& seen, std::ostream* out) {
    *out << "{" << seen.event << "|" << seen.data << "|" << seen.id << "}";
  }
};

void drain(SseParser& parser, SseEvent& event, std::vector<Seen>& seen) {
  while (parser.next(event)) seen.push_back({event.event, event.data, event.id});
}

std::vector<Seen> parse(std::string_view stream, std::size_t piece) {
  SseParser parser;
  SseEvent event;
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    EXPECT_TRUE(parser.feed(stream.substr(at, piece)).has_value());
    drain(parser, event, seen);
  }
  if (parser.finish(event)) seen.push_back({event.event, event.data, event.id});
  return seen;
}

/// The same events however the stream is cut: whole, in all fixed sizes, and at each pair of places.
std::vector<Seen> parse_in_all_cuts(std::string_view stream) {
  const auto whole = parse(stream, stream.size() + 1);
  for (std::size_t piece = 1; piece < stream.size(); ++piece) EXPECT_EQ(parse(stream, piece), whole) << piece;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    SseParser parser;
    SseEvent event;
    std::vector<Seen> seen;
    EXPECT_TRUE(parser.feed(stream.substr(0, cut)).has_value());
    drain(parser, event, seen);
    EXPECT_TRUE(parser.feed(stream.substr(cut)).has_value());
    drain(parser, event, seen);
    if (parser.finish(event)) seen.push_back({event.event, event.data, event.id});
    EXPECT_EQ(seen, whole) << "cut at " << cut;
  }
  return whole;
}

using Events = std::vector<Seen>;

TEST(SseParser, reads_events_with_lf_cr_and_crlf) {
  const Events expected{{"", "a", ""}, {"", "b", ""}};
  EXPECT_EQ(parse_in_all_cuts("data: a\n\ndata: b\n\n"), expected);
  EXPECT_EQ(parse_in_all_cuts("data: a\r\rdata: b\r\r"), expected);
  EXPECT_EQ(parse_in_all_cuts("data: a\r\n\r\ndata: b\r\n\r\n"), expected);
  EXPECT_EQ(parse_in_all_cuts("data: a\r\n\ndata: b\n\r\n"), expected);
}

TEST(SseParser, an_event_that_ends_in_cr_does_not_wait_for_lf) {
  SseParser parser;
  SseEvent event;
  ASSERT_TRUE(parser.feed("data: now\r\r"));
  ASSERT_TRUE(parser.next(event));
  EXPECT_EQ(event.data, "now");
  ASSERT_TRUE(parser.feed("\ndata: later\r\n\r"));
  ASSERT_TRUE(parser.next(event));
  EXPECT_EQ(event.data, "later");
}

TEST(SseParser, joins_lines_of_data_and_keeps_empty_ones) {
  EXPECT_EQ(parse_in_all_cuts("data: one\ndata:two\ndata:\ndata\ndata:  three\n\n"),
            (Events{{"", "one\ntwo\n\n\n three", ""}}));
  EXPECT_EQ(parse_in_all_cuts("data:\n\n"), (Events{{"", "", ""}}));
}

TEST(SseParser, names_events_and_keeps_the_last_id) {
  EXPECT_EQ(parse_in_all_cuts("event: delta\nid: s:1\ndata: x\n\ndata: y\n\nid\ndata: z\n\n"),
            (Events{{"delta", "x", "s:1"}, {"", "y", "s:1"}, {"", "z", ""}}));
}

TEST(SseParser, ignores_comments_retry_unknown_fields_and_events_without_data) {
  EXPECT_EQ(
      parse_in_all_cuts(": ping\n\nretry: 10\nfoo: bar\nbaz\n\nevent: lost\n\ndata: kept\n: x\n\n:\n\n"),
      (Events{{"", "kept", ""}}));
}

TEST(SseParser, drops_one_leading_byte_order_mark_only) {
  EXPECT_EQ(parse_in_all_cuts("\xEF\xBB\xBF"
                              "data: a\n\n\xEF\xBB\xBF"
                              "data: b\n\ndata: c\n\n"),
            (Events{{"", "a", ""}, {"", "c", ""}}));
}

TEST(SseParser, gives_an_event_without_its_closing_blank_line_at_the_end) {
  EXPECT_EQ(parse_in_all_cuts("data: a\n\ndata: last"), (Events{{"", "a", ""}, {"", "last", ""}}));
  EXPECT_EQ(parse_in_all_cuts("data: last\r\n"), (Events{{"", "last", ""}}));
  EXPECT_EQ(parse_in_all_cuts("event: x"), Events{});
  EXPECT_EQ(parse_in_all_cuts(""), Events{});
}

TEST(SseParser, passes_bytes_through_unchanged) {
  const std::string text = "{\"t\":\"\xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x98\x80\"}";
  EXPECT_EQ(parse_in_all_cuts("data: " + text + "\n\n"), (Events{{"", text, ""}}));
  EXPECT_EQ(parse(std::string_view("data: a\0b\n\n", 11), 3), (Events{{"", std::string("a\0b", 3), ""}}));
}

TEST(SseParser, ignores_an_id_with_a_nul) {
  EXPECT_EQ(parse(std::string_view("id: a\0b\ndata: x\n\n", 17), 5), (Events{{"", "x", ""}}));
}

TEST(SseParser, refuses_an_event_above_the_limit_in_one_line_or_in_many) {
  SseParser one_line(64);
  EXPECT_TRUE(one_line.feed("data: " + std::string(58, 'x')));
  const Status over = one_line.feed("y");
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().code, Code::upstream_protocol);

  SseParser many_lines(64);
  SseEvent event;
  Status status;
  int fed = 0;
  while (status && fed < 100) {
    status = many_lines.feed("data: 12345678\n");
    EXPECT_FALSE(many_lines.next(event));
    ++fed;
  }
  EXPECT_FALSE(status.has_value());
  EXPECT_LT(fed, 10);
}

TEST(SseParser, a_long_stream_of_small_events_stays_within_the_limit) {
  SseParser parser(64);
  SseEvent event;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(parser.feed(": padding\r\ndata: " + std::to_string(i) + "\r\n\r\n"));
    ASSERT_TRUE(parser.next(event));
    EXPECT_EQ(event.data, std::to_string(i));
    EXPECT_FALSE(parser.next(event));
  }
}

}  // namespace
}  // namespace sensorium::net
