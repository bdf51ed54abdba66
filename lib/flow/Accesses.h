// Which objects a piece of code reads and writes, through calls, in the names of the body that was asked about.
#pragma once

#include "HeldLocks.h"
#include "StoryLine.h"
#include "Waits.h"

#include <deque>

namespace heddle {

struct AccessFrame;

/// One read or write of an object that others may know as well.
struct Access {
  enum Kind {
    Look, ///< of the size or the emptiness of a container: elements may change meanwhile
    Read,
    Write
  };
  Place Object; ///< as the one who asked names it
  Kind Does = Read;
  bool Pointer = false;               ///< Object is a pointer, and it is meant itself, not what it leads to
  bool OwnElement = false;            ///< an element, chosen by something that differs from task to task
  std::optional<std::int64_t> Index;  ///< an element that a constant chooses: `parts[0]`
  const clang::Expr *Site = nullptr;  ///< in the body where it happens
  const clang::Stmt *Entry = nullptr; ///< in the body that was asked about: Site, or the call that leads there
  /// Where the one who owns the object names it, and what it names there: a part of itself, of which a member is
  /// called.
  const clang::Expr *Named = nullptr;
  Place Part;
  std::vector<StoryLine> Calls; ///< the calls that lead to Named
  const AccessFrame *In = nullptr;
};

/// Collects accesses. Not thread-safe; belongs to one Unit.
class Accesses {
public:
  Accesses(Unit &U, HeldLocks &Locks);
  ~Accesses();

  /// Those of a body itself and of the code that it calls, in the names of the body.
  const std::vector<Access> &of(Code &C);
  /// Those of a task, when it runs, in the names of the body that starts it. Objects of the task's own are not among
  /// them.
  std::vector<Access> of(Code &Starter, const CallableRef &Task);
  /// The same for a task that a visible function starts, in the names of the body that calls it there.
  std::vector<Access> of(Code &Caller, const Event &Call, Code &Starter, const CallableRef &Task);

  /// Returns true if both touch one object and at least one of them writes it.
  bool conflict(const Access &A, const Access &B);
  /// The locks that are surely held there, in the names of the one who asked.
  llvm::SmallVector<Place, 2> locks(const Access &A);
  /// Returns true if a body on the way is called with a lock that has no name there: it has a guard as a parameter.
  bool demandsLock(const Access &A);
  /// Returns true if something else than a lock with a name may order this access among others: a lock of the
  /// caller's, one behind a reference, a wait before it, the election of one winner.
  bool ordered(const Access &A);

private:
  /// Returns true if \p Part is the same object or a part of it, and not only led to by one.
  bool holds(const Place &Whole, const Place &Part);
  std::vector<Access> of(const AccessFrame &Starter, const CallableRef &Task);
  void throughView(const AccessFrame &Starter, const AccessFrame &Task, const clang::VarDecl *View,
                   std::vector<Access> &Out);

  Unit &U;
  HeldLocks &Held;
  std::deque<AccessFrame> Frames;
  std::map<const Code *, std::vector<Access>> Bodies;
};

} // namespace heddle
