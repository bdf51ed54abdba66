// Whether code asks which thread runs it.
#pragma once

#include "Code.h"

namespace heddle {

/// Returns true if the expression asks for the thread that evaluates it: for its identity
/// (`std::this_thread::get_id()`, `pthread_self()`, `QThread::currentThread()`) or for a variable that each thread has
/// for itself, also through functions without arguments that it calls. A function whose body is not visible asks if its
/// name says so: `isInLoopThread()`.
bool asksForThread(const Code &C, const clang::Stmt *S);

/// Returns true if a condition on the way to \p S does.
bool isThreadAsked(const Code &C, const clang::Stmt *S);

} // namespace heddle
