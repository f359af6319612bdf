#include "engine/local/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace sensorium::local {
namespace {

constexpr std::string_view meminfo =
    "MemTotal:       24684032 kB\nMemFree:         1000 kB\nMemAvailable:    2048 kB\n";

TEST(Memory, AvailableIsReadInKibibytes) { EXPECT_EQ(free_memory(meminfo, "", ""), 2048 * 1024); }

TEST(Memory, AContainerWithLessDecides) {
  EXPECT_EQ(free_memory(meminfo, "1000000\n", "400000\n"), 600'000);
  EXPECT_EQ(free_memory(meminfo, "1000000\n", "4000000\n"), 0);
  EXPECT_EQ(free_memory(meminfo, "max\n", "400000\n"), 2048 * 1024);
}

TEST(Memory, WhatCannotBeReadIsNoLimit) {
  EXPECT_GT(free_memory("", "", ""), std::int64_t{1} << 60);
  EXPECT_GT(free_memory("MemAvailable: lots", "-5", "garbage"), std::int64_t{1} << 60);
}

TEST(Memory, ThisMachineAndThisProcess) {
  EXPECT_GT(free_memory(), 0);
  EXPECT_GT(resident_bytes(::getpid()), 100'000);
  EXPECT_EQ(resident_bytes(-1), 0);
}

TEST(Memory, WordsOfFailedAllocations) {
  EXPECT_TRUE(says_out_of_memory("CUDA error: Out Of Memory\n"));
  EXPECT_TRUE(says_out_of_memory("terminate called after throwing an instance of 'std::bad_alloc'"));
  EXPECT_TRUE(
      says_out_of_memory("ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 9"));
  EXPECT_FALSE(says_out_of_memory("model is corrupted"));
  EXPECT_FALSE(says_out_of_memory(""));
}

}  // namespace
}  // namespace sensorium::local
