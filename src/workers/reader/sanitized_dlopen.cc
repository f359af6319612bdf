// Only in sanitizer builds: OpenVINO's TBB opens a library with RTLD_DEEPBIND, which the sanitizers
// refuse (github.com/google/sanitizers/issues/611). This dlopen comes first and takes the flag out.
#include <dlfcn.h>

extern "C" void* __interceptor_dlopen(const char* file, int mode);

extern "C" __attribute__((visibility("default"))) void* dlopen(const char* file, int mode) noexcept {
  return __interceptor_dlopen(file, mode & ~RTLD_DEEPBIND);
}
