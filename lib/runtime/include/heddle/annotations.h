// Binds classes and functions to Heddle's vocabulary, so that its checks know what they do. Heddle's own headers use
// these macros: the annotations are the library's model. Nothing is generated on compilers other than clang.
//
//   class HEDDLE_ROLE("channel") mailbox {
//   public:
//     HEDDLE_DOES("send !blocking") void post(message m);
//     HEDDLE_DOES("receive") message next();
//   };
//
// HEDDLE_ROLE("role [!fact...]") on a class: the role that its objects play (lib/vocabulary/Roles.def).
// HEDDLE_DOES("operation [words...]") on a function: what a call does (lib/vocabulary/Operations.def). The words:
//   this | result | param N | all params   to which operand, where it is not the natural one (a member: this)
//   callable N, now | later | concurrently, many   which argument is the callable, when and how often it runs
//   !fact   one of lib/models/Facts.def
// HEDDLE_DOES("nothing") a function that no check need look into; HEDDLE_DOES("returns role") what the result plays.
// N is a parameter's number from 0, or its name. A function that does several things carries several annotations.
#pragma once

#if defined(__clang__)
#define HEDDLE_DOES(what) [[clang::annotate("heddle::" what)]]
#define HEDDLE_ROLE(role) [[clang::annotate("heddle::role " role)]]
#else
#define HEDDLE_DOES(what)
#define HEDDLE_ROLE(role)
#endif
