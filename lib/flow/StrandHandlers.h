// Handlers of an object that has a strand, and that do not run on it.
#pragma once

#include "EventIndex.h"

namespace heddle {

/// Two handlers of one object: one is bound to the strand that the object keeps, the other runs wherever the loop does.
struct StrayHandler {
  const clang::FieldDecl *Strand = nullptr;
  const clang::FieldDecl *Timer = nullptr; ///< the timer or I/O object whose handler it is; null: it is posted
  const Event *Registers = nullptr;        ///< of the stray handler
  const Event *Bound = nullptr;            ///< the registration of one on the strand
  const clang::FieldDecl *Shared = nullptr; ///< a member that both use, and one of them changes
};

/// Of classes with one strand and no lock, each stray registration once. A handler runs on the strand if the strand is
/// among the arguments of its registration, or if the object that it is registered with was not made with the loop
/// itself, `timer_(io)`: another executor may be the strand. What a stray handler hands on to the strand does not count
/// as its own. Not thread-safe.
std::vector<StrayHandler> strayHandlers(Unit &U);

} // namespace heddle
