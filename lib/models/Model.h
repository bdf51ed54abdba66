// What a model says: which types play which roles, and which functions do which operations on what.
// One record for every source - the embedded YAML files, a user's own, and annotations in the code; what is
// inferred from bodies fills the same record, so nothing downstream can tell them apart.
// Includes no Clang header.
#pragma once

#include "vocabulary/Operation.h"

#include <string>
#include <vector>

namespace heddle {

/// Facts about one operation that checks need beyond its name.
enum class Fact : std::uint32_t {
#define FACT(Id, Spelling, Meaning) Id,
#include "Facts.def"
};

/// A set of facts.
class Facts {
public:
  void add(Fact F) { Bits |= 1u << static_cast<unsigned>(F); }
  bool has(Fact F) const { return (Bits >> static_cast<unsigned>(F)) & 1u; }

private:
  std::uint32_t Bits = 0;
};

/// When a callable that is handed over runs, seen from the caller.
enum class Runs : std::uint8_t { Now, Later, Concurrently };

/// Which of the things at a call an operation is about.
struct Operand {
  enum Kind : std::uint8_t {
    This,     ///< the object that the member is called on
    Result,   ///< what the call returns, or the object that is constructed
    Param,    ///< argument Index
    AllParams ///< every argument that plays a fitting role (scoped_lock, std::lock)
  } K = This;
  unsigned Index = 0;
};

/// One operation that a function does.
struct Action {
  Op Operation;
  Operand On;
  Facts With;
  /// Index of the argument that is the callable, or -1: the first argument that is one.
  int Callable = -1;
  /// When that callable runs. Follows from the operation unless the model says otherwise.
  Runs When = Runs::Later;
  /// It may run more than once (a signal connection, a periodic timer).
  bool Many = false;
};

/// A function or member, and what it does.
struct FunctionModel {
  /// Unqualified for members, fully qualified for functions; a '*' at either end matches any text.
  std::vector<std::string> Names;
  std::vector<Action> Actions;
  /// Bounds on the number of arguments written in the call (-1: no bound).
  int MinArgs = -1, MaxArgs = -1;
  /// The role that the returned object plays, where its type does not say so (a group that hands out tickets).
  Role ResultRole = Role::None;
};

/// A type, the role that its objects play, and its members.
struct TypeModel {
  /// Fully qualified without inline namespaces and template arguments; a '*' at either end matches any text.
  std::vector<std::string> Names;
  Role Plays = Role::None;
  Facts With;
  std::vector<FunctionModel> Members;
  std::vector<FunctionModel> Constructors; ///< Names is empty.
  std::vector<Action> Destructor;
};

/// Everything that one YAML file says.
struct LibraryModel {
  std::string Library;
  std::vector<std::string> Headers; ///< against which the model's test resolves every name
  std::vector<TypeModel> Types;
  std::vector<FunctionModel> Functions;
};

} // namespace heddle
