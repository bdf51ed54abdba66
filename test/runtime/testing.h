// What the tests share.
#pragma once

#include <heddle/gtest.h>
#include <heddle/heddle.h>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HEDDLE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define HEDDLE_SANITIZED 1
#endif
#endif
#ifndef HEDDLE_SANITIZED
#define HEDDLE_SANITIZED 0
#endif

namespace heddle {

using namespace std::chrono_literals;

inline const context root = context::root();

/// How many rounds a stress test makes: HEDDLE_STRESS=10 in the environment makes ten times as many.
inline int rounds(int usual) {
  const char* factor = std::getenv("HEDDLE_STRESS");
  double f = factor ? std::atof(factor) : 1;
  return static_cast<int>(static_cast<double>(usual) * f / (HEDDLE_SANITIZED ? 4 : 1)) + 1;
}

/// A bound for waits that must not take long; far above what they take on a loaded machine.
inline constexpr auto long_enough = 30s;

/// Waits a little at random, so that threads meet at different places.
inline void jitter(unsigned& seed) {
  seed = seed * 1664525U + 1013904223U;
  for (unsigned i = (seed >> 24) & 127U; i > 0; --i) detail::pause();
  if ((seed >> 16 & 15U) == 0) std::this_thread::yield();
}

/// Threads that are joined at the end.
class threads {
public:
  template <class F> void add(F f) { all_.emplace_back(std::move(f)); }
  void join() {
    for (std::thread& t : all_) t.join();
    all_.clear();
  }
  ~threads() { join(); }

private:
  std::vector<std::thread> all_;
};

/// Counts its instances.
struct counted {
  explicit counted(int v = 0) noexcept : value(v) { ++alive; }
  counted(const counted& o) noexcept : value(o.value) { ++alive; }
  counted(counted&& o) noexcept : value(std::exchange(o.value, -1)) { ++alive; }
  counted& operator=(const counted&) = default;
  counted& operator=(counted&& o) noexcept {
    value = std::exchange(o.value, -1);
    return *this;
  }
  ~counted() { --alive; }
  int value;
  static inline std::atomic<int> alive{0};
};

} // namespace heddle
