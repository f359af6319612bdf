# Compiler, flags, sanitizers, ccache, linker. SN_SANITIZE: "", "address,undefined" or "thread".
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} destroys temporaries of co_await expressions twice "
    "and crashes on SN_TRY in coroutines. Use Clang 19 (./dev setup installs it) or GCC 14.")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Clang ${CMAKE_CXX_COMPILER_VERSION} is too old. Use Clang 19: ./dev setup installs it.")
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(SN_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")
option(SN_FUZZ "libFuzzer targets (Clang)" OFF)
option(SN_WERROR "warnings are errors" ON)

# Precompiled headers and ccache agree only with these allowances, and without time stamps in the header. The base
# folder and the header's written check sum (sn_module.cmake) let all build folders and checkouts share one cache.
# Never include_file_mtime: a header that changes during a compilation would leave a wrong object for everyone.
find_program(SN_CCACHE ccache)
if(SN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${SN_CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>) # CMake's form names a path ccache cannot shorten
endif()
find_program(SN_LLD NAMES ld.lld-19 ld.lld)
find_program(SN_MOLD mold)
if(SN_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(SN_LLD)
  add_link_options(--ld-path=${SN_LLD})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-gnu-statement-expression
  -fno-omit-frame-pointer -ffp-contract=off -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=../../=)
# Several statement expressions in one file shadow sn_result; only that name may.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-gnu-statement-expression-from-macro-expansion -Wno-shadow -Wshadow-field-in-constructor-modified)
endif()
if(SN_WERROR)
  add_compile_options(-Werror)
endif()
if(SN_SANITIZE)
  add_compile_options(-fsanitize=${SN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SN_SANITIZE})
endif()
if(SN_FUZZ) # coverage for all code; the targets themselves link with -fsanitize=fuzzer
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
else()
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
  add_link_options(-Wl,--gc-sections)
  add_compile_options(-ffunction-sections -fdata-sections)
endif()
# A library that nothing calls is not loaded: it would cost memory at rest.
add_link_options(-Wl,--as-needed)
