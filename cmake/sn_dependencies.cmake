# Third-party libraries, each found once. ./dev setup installs them on Debian 12.
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(vips REQUIRED IMPORTED_TARGET vips>=8.14)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(toml REQUIRED IMPORTED_TARGET tomlplusplus>=3.3)
find_path(SN_VALIJSON_INCLUDE valijson/validator.hpp REQUIRED)  # headers only: JSON Schema
# Opened at run time (media/ffmpeg): only their headers are needed.
pkg_check_modules(sound REQUIRED libavformat>=59 libavcodec libavutil libswresample)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
if(SN_BUILD_TESTS OR NOT DEFINED SN_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE BOOST_ASIO_HAS_CO_AWAIT)
