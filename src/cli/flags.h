// Flags that several commands have: one row each, and what their values mean.
#pragma once

#include "cli/arguments.h"
#include "cli/progress.h"
#include "service/question.h"

namespace sensorium::cli {

// ---- rows for the tables of the commands; `help` is what differs

inline constexpr FlagDef model_flag{
    {.name = "model", .help = "provider/model, local/name, an alias, reader or auto"}, 'm', "NAME"};
inline constexpr FlagDef offline_flag{
    {.name = "offline", .type = OptionDef::Type::boolean, .help = "nothing leaves this machine"}};
inline constexpr FlagDef cache_flag{{.name = "cache",
                                     .type = OptionDef::Type::choice,
                                     .default_value = "use",
                                     .help = "earlier answers to the same question",
                                     .choices = "use|refresh|off"},
                                    0,
                                    "HOW"};
inline constexpr FlagDef record_flag{{.name = "record",
                                      .type = OptionDef::Type::path,
                                      .help = "keep all traffic with providers there, without keys"},
                                     0,
                                     "DIR"};
inline constexpr FlagDef replay_flag{{.name = "replay",
                                      .type = OptionDef::Type::path,
                                      .help = "play recorded traffic; no key and no network is needed"},
                                     0,
                                     "DIR"};

constexpr FlagDef detail_flag(std::string_view help) {
  return {{.name = "detail",
           .type = OptionDef::Type::choice,
           .default_value = "auto",
           .help = help,
           .choices = "low|high|auto"},
          0,
          "HOW"};
}
/// A whole number from `low` to `high`; `usual` is "" where there is no default.
constexpr FlagDef number_flag(std::string_view name, std::string_view value, std::string_view usual,
                              std::string_view help, double low, double high) {
  return {{.name = name, .type = OptionDef::Type::integer, .default_value = usual, .help = help},
          0,
          value,
          Repeat::no,
          low,
          high};
}
constexpr FlagDef max_tokens_flag(std::string_view usual, std::string_view help) {
  constexpr double least = 1, most = 4096;
  return number_flag("max_tokens", "N", usual, help, least, most);
}
constexpr FlagDef timeout_flag(std::string_view help) {
  return {{.name = "timeout", .type = OptionDef::Type::duration, .help = help}, 0, "TIME"};
}
constexpr FlagDef max_cost_flag(std::string_view help) {
  return {{.name = "max_cost", .type = OptionDef::Type::number, .help = help}, 0, "USD", Repeat::no, 0};
}
constexpr FlagDef format_flag(std::string_view help) {
  return {{.name = "format",
           .type = OptionDef::Type::choice,
           .default_value = "text",
           .help = help,
           .choices = "text|md|json|jsonl"},
          'f',
          "NAME"};
}
constexpr FlagDef output_flag(std::string_view help) {
  return {{.name = "output", .type = OptionDef::Type::path, .help = help}, 'o', "FILE"};
}
constexpr FlagDef progress_flag(std::string_view help) {
  return {{.name = "progress",
           .type = OptionDef::Type::choice,
           .default_value = "auto",
           .help = help,
           .choices = "auto|always|never"},
          0,
          "WHEN"};
}

/// For CommandDef::max_arguments of commands that work through a list of files.
inline constexpr std::size_t any_number_of_inputs = 100'000;

// ---- what was given

/// Of format_flag() and --json.
enum class AnswerFormat : unsigned char { text, markdown, json, json_lines };
AnswerFormat answer_format(const Arguments& arguments);
service::DetailChoice detail_choice(const Arguments& arguments);
ProgressWhen progress_when(const Arguments& arguments);

}  // namespace sensorium::cli
