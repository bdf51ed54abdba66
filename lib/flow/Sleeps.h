// Sleeps on the way from one statement to another.
#pragma once

#include "Order.h"

namespace heddle {

/// The sleep, in no loop, that a path from behind \p From to \p To comes by; null if none does.
inline const Event *sleptBetween(Code &C, const clang::Stmt *From, const clang::Stmt *To) {
  Order &O = C.U.get<Order>();
  for (const Event &E : C.Events)
    if (E.Kind == Op::Sleep && E.Site && O.reaches(C, From, E.Site) && O.reaches(C, E.Site, To) &&
        !O.reaches(C, E.Site, E.Site))
      return &E;
  return nullptr;
}

} // namespace heddle
