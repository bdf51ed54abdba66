// Objects of libraries that belong to the thread of an event loop, and other threads that use them.
#pragma once

#include "Threads.h"

namespace heddle {

/// An operation on such an object on a thread that is started for something else, or on that of whoever calls a member.
struct ForeignUse {
  const ThreadBody *On = nullptr; ///< null: on the thread of the caller
  const Event *Does = nullptr;
  Place Object;                      ///< as the body calls it
  const Event *Bound = nullptr;      ///< an operation on the object on no such thread: there it belongs
  const ThreadEntry *Loop = nullptr; ///< with On null: the thread of the object, which runs its loop
};

/// Timers, handles and loops of libraries, unless their models say that several threads may use them. A thread that
/// runs a loop counts as the one to which they belong. Each object and thread once, in the order of threads. None
/// where the thread makes the object, where a lock is held, or where the unit moves objects to threads.
///
/// Then those that members arm on the thread of their caller, of classes whose constructors start a thread that runs a
/// loop of the object: of C libraries, whose loops have no lock, and of others that a handler on the loop uses, too.
/// None where a condition asks for the thread. Not thread-safe.
std::vector<ForeignUse> foreignUses(Unit &U);

} // namespace heddle
