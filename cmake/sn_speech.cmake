# What sensorium-speech links: libwhisper out of the user's cache folder (tools/fetch/whisper.sh builds it there).
# Sets SN_SPEECH_MISSING to a sentence when it is absent.
set(SN_SPEECH_MISSING "")
include(sn_cache)

set(SN_WHISPER_DIR "" CACHE PATH "folder with libwhisper's include/ and lib/; empty: the newest in the cache folder")
set(sn_whisper "${SN_WHISPER_DIR}")
if(NOT sn_whisper)
  sn_newest_engine(sn_whisper "whisper-*")
endif()

if(NOT EXISTS "${sn_whisper}/include/whisper.h" OR NOT EXISTS "${sn_whisper}/lib/libwhisper.a")
  set(SN_SPEECH_MISSING "libwhisper was not found; run tools/fetch/whisper.sh, or set SN_WHISPER_DIR")
else()
  add_library(sn_whisper INTERFACE)
  target_include_directories(sn_whisper SYSTEM INTERFACE "${sn_whisper}/include")
  target_link_libraries(sn_whisper INTERFACE
    "${sn_whisper}/lib/libwhisper.a" "${sn_whisper}/lib/libggml.a" "${sn_whisper}/lib/libggml-cpu.a"
    "${sn_whisper}/lib/libggml-base.a" Threads::Threads ${CMAKE_DL_LIBS} m)
  message(STATUS "sensorium-speech: libwhisper in ${sn_whisper}")
endif()
