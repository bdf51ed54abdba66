// For the file that implements a kind of facts: template std::shared_ptr<void> makeFacts<Uses>(Unit &);
// Its constructor stands there, too: in a header, it makes every user instantiate the containers of the facts.
#pragma once

#include "Unit.h"

namespace heddle {

template <class Facts> std::shared_ptr<void> makeFacts(Unit &U) { return std::make_shared<Facts>(U); }

} // namespace heddle
