// sensorium demo: three questions to try on the pictures that ship with the program.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "cli/command.h"
#include "cli/words.h"

namespace sensorium::cli {
namespace {

namespace fs = std::filesystem;

struct Try {
  std::string_view picture, question, what;
};
constexpr std::array tries{
    Try{"page.png", "What is this page about?", "a photographed page in English"},
    Try{"notice-zh.jpg", "开放时间是什么？", "a notice in Chinese, photographed"},
    Try{"chart.png", "Which labels and numbers are in this chart?", "a bar chart"},
};
constexpr Example examples[] = {{"sensorium demo", "prints three commands to try"}};

// Beside the program (a package), above it (a build folder), or here (a checkout).
fs::path samples_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& candidate : {program / "samples", program / "../share/sensorium/samples",
                                    program / "../samples", program / "../../samples", fs::path("samples")}) {
    if (!fs::exists(candidate / tries.front().picture, error)) continue;
    const fs::path near = fs::proximate(candidate, error);
    return near.string().starts_with("../..") ? fs::weakly_canonical(candidate, error) : near;
  }
  return "samples";
}

Result<int> run(CliContext&) {
  const fs::path folder = samples_folder();
  fmt::print("Three questions to try:\n\n");
  for (const Try& one : tries)
    fmt::print("  # {}\n  sensorium ask {} {}\n\n", one.what, shell_quoted(one.question),
               shell_quoted((folder / one.picture).string()));
  fmt::print(
      "Without a key the reader answers: it quotes the text, codes and facts that it finds in a picture and\n"
      "never guesses. For descriptions set a key, for example OPENAI_API_KEY, or pull a local model.\n"
      "What is there now: sensorium doctor\n");
  return 0;
}

}  // namespace

extern const CommandDef demo_command{
    .name = "demo",
    .arguments = "",
    .summary = "three questions to try on the pictures that ship with it",
    .description = "",
    .actions = {},
    .groups = {},
    .examples = examples,
    .max_arguments = 0,
    .run = run,
};

}  // namespace sensorium::cli
