// SHA-256 through OpenSSL's EVP interface.
// NOTE [One fetch]: EVP_sha256() looks the algorithm up at every use, which costs more than hashing a
// small picture; it is fetched once.
#include "base/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "base/check.h"

namespace sensorium {
namespace {

const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  SN_CHECK(fetched != nullptr);
  return fetched;
}

using Digest = std::array<unsigned char, 32>;

std::string hex(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * digest.size());
  for (const unsigned byte : digest) out.append({digits[byte >> 4], digits[byte & 15]});
  return out;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Digest digest;
  SN_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm(), nullptr) == 1);
  return hex(digest);
}

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  SN_CHECK(state_->context && EVP_DigestInit_ex2(state_->context.get(), algorithm(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  SN_CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish_hex() {
  Digest digest;
  SN_CHECK(EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr) == 1);
  return hex(digest);
}

}  // namespace sensorium
