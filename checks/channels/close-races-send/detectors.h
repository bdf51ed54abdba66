// What close-races-send is made of.
#pragma once

#include "check/Reporter.h"
#include "flow/ClassFacts.h"

namespace heddle::close_races_send {

/// Containers of the object that a member fills under a lock, where it asks before it takes the lock whether they are
/// closed.
void reportQueues(Unit &U, ClassFacts &Class, Reporter &R);

} // namespace heddle::close_races_send
