// A folder of the project that has the name of a library by chance.
#pragma once
namespace boost {
class mutex;
}
inline void speed() {}
