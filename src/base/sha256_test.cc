// The vectors of FIPS 180-4, whole and in pieces.
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sensorium {
namespace {

TEST(Sha256, KnowsThePublishedVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, GivesTheSameInPiecesOfEverySize) {
  const std::string bytes(300, 'x');
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Sha256 hash;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      hash.update(std::string_view(bytes).substr(at, piece));
    ASSERT_EQ(hash.finish_hex(), sha256_hex(bytes)) << piece;
  }
}

TEST(Sha256, CanBeMovedInTheMiddle) {
  Sha256 first;
  first.update("a");
  Sha256 second(std::move(first));
  second.update({});
  second.update("bc");
  EXPECT_EQ(second.finish_hex(), sha256_hex("abc"));
}

TEST(Sha256, HashesOnManyThreadsAtOnce) {
  std::vector<std::string> digests(8);
  {
    std::vector<std::jthread> threads;
    for (auto& digest : digests) threads.emplace_back([&digest] { digest = sha256_hex("abc"); });
  }
  for (const auto& digest : digests) EXPECT_EQ(digest, sha256_hex("abc"));
}

}  // namespace
}  // namespace sensorium
