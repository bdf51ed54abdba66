// What every header of the runtime needs: names of time, the place of a call, visibility, and whether the compiler
// has exceptions and stop tokens.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <version>

#if defined(_WIN32)
#define HEDDLE_API
#else
#define HEDDLE_API __attribute__((visibility("default")))
#endif

/// For the part of a function that waits: kept out of line, it leaves the part that does not to be inlined.
#if defined(_WIN32)
#define HEDDLE_OUTLINED
#else
#define HEDDLE_OUTLINED __attribute__((noinline))
#endif

#if defined(__clang__)
#define HEDDLE_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define HEDDLE_LIFETIMEBOUND
#endif

#if defined(__cpp_exceptions)
#define HEDDLE_HAS_EXCEPTIONS 1
#define HEDDLE_TRY try
#else
#define HEDDLE_HAS_EXCEPTIONS 0
#define HEDDLE_TRY
#endif

#if defined(__cpp_lib_jthread)
#define HEDDLE_HAS_STOP_TOKEN 1
#else
#define HEDDLE_HAS_STOP_TOKEN 0
#endif

/// Concurrency primitives that are correct by construction.
namespace heddle {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = clock::duration;

/// A place in the source, taken by default arguments; what std::source_location is where clang 14 has none.
struct source_site {
  const char* file = "";
  const char* function = "";
  unsigned line = 0;

  static constexpr source_site current(const char* file = __builtin_FILE(),
                                       const char* function = __builtin_FUNCTION(),
                                       unsigned line = static_cast<unsigned>(__builtin_LINE())) noexcept {
    return {file, function, line};
  }
};

inline constexpr std::size_t npos = static_cast<std::size_t>(-1);

namespace detail {
/// Says why on stderr and terminates.
[[noreturn]] HEDDLE_API void die(const char* what) noexcept;
} // namespace detail

} // namespace heddle
