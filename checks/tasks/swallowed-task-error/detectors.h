// The parts of swallowed-task-error: one for each place at which an error can be lost.
#pragma once

#include "flow/Unit.h"

namespace heddle {

class Reporter;

namespace swallowed_task_error {

constexpr const char *Message =
    "the task reports success after this error, which is at most logged; its waiter continues as if all work was "
    "done; rethrow the error, return it, or record it for the waiter";

/// The event of the body, or of another member of its class, that waits for what the place names, or null.
const Event *waiter(Code &C, const Place &Handle);

/// A promise that is fulfilled behind the handler as if all work was done.
void fulfilledAnyway(Code &C, Reporter &R);
/// A handler around get() that drops the error of the task.
void droppedByReader(Code &C, Reporter &R);
/// A handler around wait(), which does not throw the error of the task.
void waitInsteadOfGet(Code &C, Reporter &R);
/// Futures of tasks that throw, waited for and never read.
void onlyWaitedFor(Code &C, Reporter &R);
/// A worker of a hand-written pool that catches what its jobs throw, and tells nobody who waits for them.
void caughtByWorker(Code &C, Reporter &R);

} // namespace swallowed_task_error
} // namespace heddle
