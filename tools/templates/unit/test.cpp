// RUN: %verify %s heddle-@NAME@ -- -std=c++20
#include <thread>

void work();

struct bad_Last {
  ~bad_Last() {          // note: in this destructor
    std::thread t(work); // warning: a task is started while the object is being destroyed
    t.detach();
  }
};

struct ok_Joined {
  std::thread t{work};
  ~ok_Joined() { t.join(); }
};
