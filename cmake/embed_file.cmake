# Writes IN as a C++ byte array to OUT; run by sn_embed.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "#include <string_view>
namespace sensorium::embedded {
static const unsigned char bytes_${VARIABLE}[] = {${bytes}0};
extern const std::string_view ${VARIABLE};
const std::string_view ${VARIABLE}{reinterpret_cast<const char*>(bytes_${VARIABLE}), sizeof(bytes_${VARIABLE}) - 1};
}
")
