// The journal's lines.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "pipeline/call_journal.h"

namespace sensorium::pipeline {
namespace {

std::optional<std::pair<std::string, JournalEntry>> read_line(std::string_view line) {
  const auto value = json::parse(line);
  if (!value || !value->is_object()) return std::nullopt;
  json::Reader reader(value->get_object());
  const auto key = reader.string("key"), text = reader.string("text");
  if (!key || !text) return std::nullopt;
  JournalEntry entry;
  entry.text = *text;
  entry.model = reader.string("model").value_or("");
  entry.input_tokens = reader.integer("input_tokens", 0, INT64_MAX).value_or(0);
  entry.output_tokens = reader.integer("output_tokens", 0, INT64_MAX).value_or(0);
  constexpr double most = 1e9;
  entry.cost_usd = reader.number("cost_usd", 0, most);
  return std::pair(*key, std::move(entry));
}

}  // namespace

Result<CallJournal> CallJournal::open(const std::string& path) {
  CallJournal journal;
  journal.path_ = path;
  std::error_code ignored;
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty())
    std::filesystem::create_directories(folder, ignored);
  bool torn = false;
  {
    std::ifstream in(path, std::ios::binary);
    for (std::string line; std::getline(in, line); torn = in.eof())
      if (auto entry = read_line(line))
        journal.entries_.insert_or_assign(std::move(entry->first), std::move(entry->second));
  }
  journal.file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (journal.file_ < 0)
    return Error(Code::misconfigured, fmt::format("{} cannot be written ({})", path, std::strerror(errno)),
                 "Give -o a place that can be written, or set [server] state_dir.");
  // The line that a kill cut off must not swallow the next one.
  if (torn && ::write(journal.file_, "\n", 1) != 1) journal.entries_.clear();
  return journal;
}

CallJournal::CallJournal(CallJournal&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      entries_(std::move(other.entries_)) {}

CallJournal& CallJournal::operator=(CallJournal&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(entries_, other.entries_);
  return *this;
}

CallJournal::~CallJournal() {
  if (file_ >= 0) ::close(file_);
}

const JournalEntry* CallJournal::find(std::string_view key) const noexcept {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

Status CallJournal::add(std::string_view key, const JournalEntry& entry) {
  if (file_ < 0) return {};
  json::object line{{"key", key},
                    {"text", entry.text},
                    {"model", entry.model},
                    {"input_tokens", entry.input_tokens},
                    {"output_tokens", entry.output_tokens}};
  if (entry.cost_usd) line["cost_usd"] = *entry.cost_usd;
  const std::string text = json::serialize(line) + "\n";
  if (::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return Error(Code::misconfigured, fmt::format("{} cannot be written ({})", path_, std::strerror(errno)),
                 "Free some space on that disk; the same command then goes on.");
  entries_.insert_or_assign(std::string(key), entry);
  return {};
}

void CallJournal::drop() noexcept {
  if (file_ >= 0) ::unlink(path_.c_str());
}

}  // namespace sensorium::pipeline
