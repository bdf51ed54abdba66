// Flags that handlers test before they fulfil a promise: `if (answered_) return; promise_.set_value(x);`
#pragma once

#include "Unit.h"

namespace heddle {

/// A promise in a member that two handlers of the object may fulfil although both test a flag first.
struct AnswerFlag {
  enum Kind {
    NotSet, ///< one of them does not set the flag, so that another finds it as it was
    Races   ///< both set it, but run on different threads, and may both pass the test before
  } Is = NotSet;
  const clang::FieldDecl *Promise = nullptr, *Flag = nullptr;
  const clang::Stmt *Fulfils = nullptr;       ///< in the handler that does not set the flag, or the first of them
  const clang::Stmt *Again = nullptr;         ///< in another one
  const clang::FunctionDecl *Other = nullptr; ///< the body of that
};

/// Of each promise of which all uses are seen, the first. Each fulfilment stands behind a test of the same flag, in a
/// body that others run as a handler. None of flags that go back, elect one by an exchange, or are changed unseen; none
/// where the handler that leaves the flag alone does anything else that may keep others from coming. An atomic flag
/// that nobody but the handlers uses says that they run on different threads, if they were given to different
/// functions.
std::vector<AnswerFlag> answerFlags(Unit &U);

} // namespace heddle
