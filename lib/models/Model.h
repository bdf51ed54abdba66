// What a model says: which types play which roles, and which functions do which operations on what.
// One record for every source - the embedded YAML files, a user's own, and annotations in the code; what is
// inferred from bodies fills the same record, so nothing downstream can distinguish them.
// Includes no Clang header.
#pragma once

#include "vocabulary/Operation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clang {
class FieldDecl;
} // namespace clang

namespace heddle {

/// Facts about one operation that checks need beyond its name.
enum class Fact : std::uint32_t {
#define FACT(Id, Spelling, Meaning) Id,
#include "Facts.def"
};

/// The spelling used in models and annotations ("blocking"), and back.
std::string_view spelling(Fact F);
std::optional<Fact> factFromSpelling(std::string_view S);

/// A set of facts.
class Facts {
public:
  void add(Facts Others) { Bits |= Others.Bits; }
  void add(Fact F) { Bits |= std::uint64_t(1) << static_cast<unsigned>(F); }
  bool has(Fact F) const { return (Bits >> static_cast<unsigned>(F)) & 1u; }
  bool operator==(const Facts &) const = default;

private:
  std::uint64_t Bits = 0;
};

/// When a callable that is handed over runs, seen from the caller.
enum class Runs : std::uint8_t { Now, Later, Concurrently };

/// When the callable of this operation runs, unless a model says otherwise.
Runs naturalRuns(Op O);

/// Which of the things at a call an operation is about.
struct Operand {
  enum Kind : std::uint8_t {
    This,     ///< the object that the member is called on; of a free function: no object
    Result,   ///< what the call returns, or the object that is constructed
    Param,    ///< argument Index
    AllParams ///< every argument that plays a fitting role (scoped_lock, std::lock)
  } K = This;
  unsigned Index = 0;

  bool operator==(const Operand &) const = default;
};

/// One operation that a function does.
struct Action {
  Op Operation;
  Operand On{};
  Facts With{};
  /// Index of the argument that is the callable, or -1: the first argument that is one.
  int Callable = -1;
  /// When that callable runs. Follows from the operation unless the model says otherwise.
  Runs When = Runs::Later;
  /// It may run more than once (a signal connection, a periodic timer).
  bool Many = false;
  /// What is done is done to this member of the operand: `explicit Locked(Table &t) : lock_(t.mutex_) {}`. Inferred only.
  std::vector<const clang::FieldDecl *> Part{};

  bool operator==(const Action &) const = default;
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
  /// The result is this argument, or a thin wrapper of it: looking through the call is an alias (bind_executor). -1:
  /// no.
  int Wraps = -1;
  /// Facts about the function itself: of each of its operations, or of one that does no operation (stoi throws).
  Facts With{};
  /// The classes of what it throws on outside input, where that is documented; none: of any class.
  std::vector<std::string> Throws;
  /// Matches only functions with C language linkage: user code may have its own read() or send().
  bool ExternC = false;
  /// Not in every version of the library: the model's test does not ask for it.
  bool Optional = false;
};

/// A type, the role that its objects play, and its members.
struct TypeModel {
  /// Fully qualified without inline namespaces and template arguments; a '*' at either end matches any text.
  std::vector<std::string> Names;
  Role Plays = Role::None;
  Facts With{};
  std::vector<FunctionModel> Members;
  std::vector<FunctionModel> Constructors; ///< Names is empty.
  std::vector<Action> Destructor;
  bool Optional = false; ///< as in FunctionModel
};

/// Everything that one YAML file says.
struct LibraryModel {
  std::string Library;
  std::vector<std::string> Headers; ///< against which the model's test resolves every name
  std::vector<TypeModel> Types;
  std::vector<FunctionModel> Functions;
  /// Namespaces whose members the models know under another namespace: {"tbb::detail::d1", "tbb"}.
  std::vector<std::pair<std::string, std::string>> SameNamespaces;
};

} // namespace heddle
