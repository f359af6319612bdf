// Choosing an action.
#include "cli/action.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sensorium::cli {
namespace {

// Other programs call them so.
std::string_view usual_name(std::string_view word) {
  if (word == "list") return "ls";
  if (word == "remove" || word == "delete") return "rm";
  return word;
}

}  // namespace

Result<const Action*> chosen_action(const Arguments& arguments) {
  const CommandDef& command = arguments.command();
  std::vector<std::string_view> names;
  for (const Action& action : command.actions) names.push_back(action.name);
  const std::string_view word = usual_name(arguments.word(0));
  const auto found = std::ranges::find(command.actions, word, &Action::name);
  if (found != command.actions.end()) return &*found;
  const std::string all = fmt::format("{}", fmt::join(names, ", "));
  if (word.empty())
    return Error(Code::invalid_request, fmt::format("{} needs to know what to do: {}", command.name, all),
                 fmt::format("For example: sensorium {} {}", command.name, names.front()));
  const auto guess = text::did_you_mean(word, names);
  return Error(Code::invalid_request,
               fmt::format("{} cannot \"{}\"", command.name, text::printable(text::shorten(word, 60))),
               guess ? fmt::format("Did you mean: sensorium {} {}?", command.name, *guess)
                     : fmt::format("It can: {}", all));
}

Error superfluous(const Arguments& arguments, std::size_t index) {
  const std::string word = text::printable(text::shorten(arguments.word(index), 60));
  return Error(Code::invalid_request,
               fmt::format("{} {} does not know what to do with \"{}\"", arguments.command().name,
                           arguments.word(0), word),
               fmt::format("Leave it out, or see: sensorium {} --help", arguments.command().name));
}

}  // namespace sensorium::cli
