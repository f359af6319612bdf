// Tables for every CPU, AVX2 where there is one. The vector arithmetic is Wojciech Mula's and Daniel
// Lemire's ("Faster Base64 Encoding and Decoding Using AVX2 Instructions", ACM TWEB 12(3), 2018).
#include "base/base64_kernels.h"

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sensorium::base64 {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned char outside = 0xff;

constexpr auto sextets = [] {
  std::array<unsigned char, 256> table{};
  table.fill(outside);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<unsigned char>(i);
  return table;
}();

// Two characters for each 12 bits: half the lookups of the classic table.
constexpr auto digit_pairs = [] {
  std::array<std::array<char, 2>, 4096> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = {alphabet[i >> 6], alphabet[i & 63]};
  return table;
}();

std::size_t encode_table(const unsigned char* in, std::size_t size, char* out) noexcept {
  std::size_t done = 0;
  for (; size - done >= 3; done += 3, out += 4) {
    const unsigned word = unsigned{in[done]} << 16 | unsigned{in[done + 1]} << 8 | in[done + 2];
    std::memcpy(out, digit_pairs[word >> 12].data(), 2);
    std::memcpy(out + 2, digit_pairs[word & 0xfff].data(), 2);
  }
  return done;
}

std::size_t decode_table(const unsigned char* in, std::size_t size, char* out) noexcept {
  std::size_t done = 0;
  for (; size - done >= 4; done += 4, out += 3) {
    const unsigned a = sextets[in[done]], b = sextets[in[done + 1]];
    const unsigned c = sextets[in[done + 2]], d = sextets[in[done + 3]];
    if ((a | b | c | d) > 63) break;
    const unsigned word = a << 18 | b << 12 | c << 6 | d;
    out[0] = static_cast<char>(word >> 16);
    out[1] = static_cast<char>(word >> 8);
    out[2] = static_cast<char>(word);
  }
  return done;
}

#if defined(__x86_64__)
#define SN_AVX2 __attribute__((target("avx2")))

SN_AVX2 inline __m256i load(const void* at) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}
SN_AVX2 inline __m128i load_half(const void* at) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(at));
}
SN_AVX2 inline __m256i both(__m128i half) noexcept { return _mm256_broadcastsi128_si256(half); }

SN_AVX2 inline __m256i split_to_sextets(__m256i bytes) noexcept {
  const __m256i order = both(_mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  const __m256i in = _mm256_shuffle_epi8(bytes, order);
  const __m256i high =
      _mm256_mulhi_epu16(_mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
  const __m256i low =
      _mm256_mullo_epi16(_mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
  return _mm256_or_si256(high, low);
}

SN_AVX2 inline __m256i sextets_to_digits(__m256i values) noexcept {
  // Offset from value to character for 'a'-'z', ten digits, '+', '/', 'A'-'Z', in that order.
  const __m256i shifts =
      both(_mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                         '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0));
  const __m256i capital =
      _mm256_and_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(26), values), _mm256_set1_epi8(13));
  const __m256i row = _mm256_or_si256(_mm256_subs_epu8(values, _mm256_set1_epi8(51)), capital);
  return _mm256_add_epi8(values, _mm256_shuffle_epi8(shifts, row));
}

SN_AVX2 std::size_t encode_avx2(const unsigned char* in, std::size_t size, char* out) noexcept {
  std::size_t done = 0;
  // Each step uses 24 bytes and reads 28.
  for (; size - done >= 28; done += 24, out += 32) {
    const __m256i bytes = _mm256_set_m128i(load_half(in + done + 12), load_half(in + done));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), sextets_to_digits(split_to_sextets(bytes)));
  }
  return done;
}

SN_AVX2 inline __m256i pack_sextets(__m256i values) noexcept {
  const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
  const __m256i words = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i order = both(_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, -1, -1);
  return _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(words, order), lanes);
}

SN_AVX2 std::size_t decode_avx2(const unsigned char* in, std::size_t size, char* out) noexcept {
  // A character is outside the alphabet when the masks of its two nibbles share a bit.
  const __m256i low_masks = both(_mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                               0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a));
  const __m256i high_masks = both(_mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10,
                                                0x10, 0x10, 0x10, 0x10, 0x10, 0x10));
  const __m256i shifts = both(_mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i nibble = _mm256_set1_epi8(0x0f);
  std::size_t done = 0;
  for (; size - done >= 32; done += 32, out += 24) {
    const __m256i text = load(in + done);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), nibble);
    const __m256i bad = _mm256_shuffle_epi8(high_masks, high);
    if (!_mm256_testz_si256(_mm256_shuffle_epi8(low_masks, _mm256_and_si256(text, nibble)), bad)) break;
    const __m256i slash = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/'));
    const __m256i values = _mm256_add_epi8(text, _mm256_shuffle_epi8(shifts, _mm256_add_epi8(slash, high)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), pack_sextets(values));
  }
  return done;
}
#endif

constexpr std::array all{
#if defined(__x86_64__)
    Kernel{"avx2", encode_avx2, decode_avx2},
#endif
    Kernel{"table", encode_table, decode_table},
};

}  // namespace

std::span<const Kernel> kernels() noexcept {
#if defined(__x86_64__)
  static const bool fast = __builtin_cpu_supports("avx2");
#else
  static const bool fast = true;
#endif
  return std::span(all).subspan(fast ? 0 : 1);
}

unsigned char sextet(char c) noexcept { return sextets[static_cast<unsigned char>(c)]; }
char digit(unsigned value) noexcept { return alphabet[value & 63]; }

}  // namespace sensorium::base64
