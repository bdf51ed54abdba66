#include <heddle/result.h>

namespace heddle {
namespace {
class heddle_category final : public std::error_category {
public:
  const char* name() const noexcept override { return "heddle"; }
  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
    case errc::canceled:
      return "cancelled";
    case errc::deadline_exceeded:
      return "deadline exceeded";
    case errc::closed:
      return "closed";
    case errc::full:
      return "full";
    case errc::empty:
      return "empty";
    case errc::abandoned_promise:
      return "the promise was dropped without a value";
    case errc::not_started:
      return "the executor dropped the task before it ran";
    case errc::overflow:
      return "more was asked for than there will ever be";
    case errc::nothing_to_wait_for:
      return "nothing to wait for";
    case errc::would_deadlock:
      return "would wait for itself";
    case errc::unwanted:
      return "nobody waits for the result";
    }
    return "unknown error";
  }
};
} // namespace

const std::error_category& category() noexcept {
  static const heddle_category& c = *new heddle_category; // never destroyed: tasks may outlive main
  return c;
}

void error::raise() const {
#if HEDDLE_HAS_EXCEPTIONS
  if (exception_) std::rethrow_exception(exception_);
  throw std::system_error(code_);
#else
  detail::die(what().c_str());
#endif
}

std::string error::what() const {
  if (!exception_) return code_.message();
#if HEDDLE_HAS_EXCEPTIONS
  try {
    std::rethrow_exception(exception_);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
#else
  return "an exception";
#endif
}

} // namespace heddle
