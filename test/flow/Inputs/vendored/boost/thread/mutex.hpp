// Stands for a copy of Boost that the build names by -I.
#pragma once
namespace boost {
class mutex {
public:
  void lock() {}
  void unlock() {}
};
} // namespace boost
