// Boost.JSON compiled in, so that the tools need no shared library.
#include <boost/json/src.hpp>
