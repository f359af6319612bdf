// sensorium: the composition root. What runs is chosen in cli/; what it needs from server/ is given here.
#include "app/serve.h"
#include "app/version.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const sensorium::cli::Hooks hooks{.version = sensorium::version, .serve = sensorium::app::serve};
  return sensorium::cli::run(words, hooks);
}
