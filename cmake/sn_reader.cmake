# What sensorium-reader links: OpenVINO out of the user's cache folder (tools/fetch/openvino.sh puts it
# there), Tesseract and ZXing from the system. Sets SN_READER_MISSING to a sentence when one is absent.
# Surprising: OpenVINO's own CMake files are not used, they insist on plugins that we do not unpack.
set(SN_READER_MISSING "")
include(sn_cache)

set(SN_OPENVINO_DIR "" CACHE PATH "folder with OpenVINO's include/ and libs/; empty: the newest in the cache folder")
set(sn_openvino "${SN_OPENVINO_DIR}")
if(NOT sn_openvino)
  sn_newest_engine(sn_openvino "openvino-*/openvino")
endif()
file(GLOB sn_openvino_library "${sn_openvino}/libs/libopenvino.so.*" "${sn_openvino}/libs/libopenvino.so")

pkg_check_modules(tesseract IMPORTED_TARGET tesseract)
find_package(ZXing CONFIG QUIET)
if(NOT sn_openvino_library OR NOT EXISTS "${sn_openvino}/include/openvino/openvino.hpp")
  set(SN_READER_MISSING "OpenVINO was not found; run tools/fetch/openvino.sh, or set SN_OPENVINO_DIR")
elseif(NOT tesseract_FOUND)
  set(SN_READER_MISSING "Tesseract was not found; install libtesseract-dev and tesseract-ocr-eng")
elseif(NOT ZXing_FOUND)
  set(SN_READER_MISSING "ZXing was not found; install libzxing-dev")
else()
  list(GET sn_openvino_library 0 sn_openvino_library)
  add_library(sn_openvino SHARED IMPORTED)
  set_target_properties(sn_openvino PROPERTIES
    IMPORTED_LOCATION "${sn_openvino_library}"
    INTERFACE_INCLUDE_DIRECTORIES "${sn_openvino}/include"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${sn_openvino}/include")
  set(SN_READER_WEIGHTS_NAME reader-weights-1)
  message(STATUS "sensorium-reader: OpenVINO in ${sn_openvino}")
endif()
