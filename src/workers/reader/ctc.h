// CTC greedy decoding: the likeliest class per column, repeats and blanks removed.
// Graves et al., "Connectionist Temporal Classification", best path decoding.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sensorium::reader {

/// One recognised character: its text, likelihood, and the column where it was strongest.
struct Glyph {
  std::string_view text;
  float likelihood = 0;
  int column = 0;
  float space_before = 0;  ///< the highest likelihood of a space since the glyph before
};

/// The classes of a recognition network: blank, its characters, space.
class Alphabet {
 public:
  /// `characters`: one per line, as the model's metadata has them.
  explicit Alphabet(std::string characters);
  std::size_t classes() const noexcept { return texts_.size(); }
  std::string_view text(std::size_t index) const noexcept { return texts_[index]; }

 private:
  std::string characters_;
  std::vector<std::string_view> texts_;
};

/// `likelihoods` holds `columns` rows of alphabet.classes() values.
std::vector<Glyph> decode(std::span<const float> likelihoods, std::size_t columns, const Alphabet& alphabet);

}  // namespace sensorium::reader
