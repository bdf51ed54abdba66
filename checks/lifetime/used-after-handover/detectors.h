// The detectors of used-after-handover.
#pragma once

#include "check/Reporter.h"
#include "flow/Code.h"

namespace heddle {

/// Where the body frees what the value points to: `delete job`, `unique_ptr<Job> own(job)`, `free(job)`.
clang::SourceLocation frees(const Code &C, const clang::ValueDecl *P);
/// Returns true if something waits for another thread, or learns from it, between the two statements.
bool isOrdered(Code &C, const clang::Stmt *Start, const clang::Stmt *Use);
/// Returns true if the statement runs only where the start, a call, says that it has failed.
bool onFailure(const Code &C, const clang::Stmt *S, const clang::Stmt *Start);

/// Returns true if the statement declares the pointer or makes it lead to another object.
bool isAnew(const Code &C, const clang::Stmt *S, const clang::VarDecl *V);

void queuedObjects(Code &C, Reporter &R);
void selfFreeing(Code &C, Reporter &R);

} // namespace heddle
