// A library is known by what it declares, also where the build names its folder by -I.
// RUN: %verify --word code %s heddle-dev-library -- -std=c++20 -I%S/Inputs/vendored -I%S/Inputs/own
#include <boost/helper.hpp>
#include <boost/speed.h>
#include <boost/thread/mutex.hpp>
#include <vector>

inline void own() {}

void calls(boost::mutex &m, std::vector<int> &v) {
  m.lock();        // code: library
  boost::helper(); // code: library
  v.clear();       // code: library
  speed();         // code: project
  own();           // code: project
}
