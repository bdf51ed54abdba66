// The detectors of unnamed-guard.
#pragma once

#include "check/Reporter.h"
#include "flow/Code.h"

namespace heddle::unnamed_guard {

/// `std::lock_guard{m};`: a temporary, which releases the lock at the end of its own statement.
void reportTemporaries(Code &C, Reporter &R);
/// `std::unique_lock<std::mutex>(m);` declares a guard `m` that hides the mutex; `std::scoped_lock lock;` locks
/// nothing.
void reportDeclarations(Code &C, Reporter &R);
/// A tag that leaves the locking to others, where nobody locks.
void reportTags(Code &C, Reporter &R);

/// `for (auto &x : queue.lock().items())`, `auto &items = queue.lock().items();`: the reference outlives the guard.
void reportRanges(Code &C, Reporter &R);

/// `std::mutex m; std::lock_guard lock(m); ++count_;`: a mutex that no other call can lock.
void reportLocals(Code &C, Reporter &R);

/// "'mutex_'", or "the lock" where the expression names no object.
std::string nameOf(const Code &C, const clang::Expr *Lock);

inline constexpr llvm::StringRef GuardNames[] = {"lock", "guard", "locked"};

} // namespace heddle::unnamed_guard
