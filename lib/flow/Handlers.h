// Which callables of an object one other object may call, one after another.
#pragma once

#include "Unit.h"

#include <map>

namespace heddle {

/// Callables of an object that are registered with one other object: a connection, a signal, a timer, a request. Each
/// may run many times, and each after each other; only what is known of that other object says otherwise.
struct HandlerGroup {
  struct Handler {
    const Event *By = nullptr; ///< the registration
    Code *In = nullptr;        ///< the body of By
    const CallableRef *Runs = nullptr;
  };
  Place With; ///< a part of the object, in the names of its members, or a global
  llvm::SmallVector<Handler, 2> Handlers;
};

/// The handlers that members of a class register for the object. Lazy and cached; belongs to one Unit.
class Handlers {
public:
  explicit Handlers(Unit &U);

  /// In the order of the first registration with each object.
  const std::vector<HandlerGroup> &of(const clang::CXXRecordDecl *RD);

private:
  Unit &U;
  std::map<const clang::CXXRecordDecl *, std::vector<HandlerGroup>> Known;
  bool All = false;
};

/// Returns true if a member function whose body is not visible is called on the variable or member with a callable:
/// `socket_.async_write(data, [this] { sent(); })`.
bool takesHandlers(Unit &U, const clang::ValueDecl *D);

} // namespace heddle
