// What the members of a class do to its fields: when in the life of an object, under which locks, beside which tasks.
#pragma once

#include "Concurrency.h"
#include "Destruction.h"
#include "MethodFacts.h"
#include "Uses.h"

namespace heddle {

/// When in the life of an object something happens.
enum class Phase {
  Construction, ///< in a constructor, before it starts a task
  BeforeTasks,  ///< in the only member that starts tasks, before any of them
  Concurrent,   ///< beside tasks of the object, or beside other members that other threads may call
  AfterTasks,   ///< in a member that has waited for all tasks of the object
  Destruction,  ///< in the destructor, when no task of the object runs any more
};
llvm::StringRef spelling(Phase P);

/// One field, and how its object lives.
struct FieldFacts {
  const clang::FieldDecl *Field = nullptr;
  Role Plays = Role::None; ///< of the object; of an element, where it is a container
  bool Many = false;       ///< a container or an array
  Endings AtEnd;           ///< what the end of its object does
};

/// A task that members start on the object itself, or for which the object keeps the handle.
struct ClassTask {
  clang::SourceLocation Loc;
  llvm::SmallVector<const clang::CXXMethodDecl *, 2> StartedBy; ///< none: a default member initialiser
  const TaskStart *Start = nullptr;                             ///< null in a default member initialiser
  Code *StartedIn = nullptr;                                    ///< the body of Start
  const clang::FunctionDecl *Body = nullptr;
  bool OnObject = false; ///< it runs on the object; else it may have been given parts of it
  /// By which it can be waited for: a thread, a future, a group, a container of them. Null: a local, or nothing.
  const clang::FieldDecl *Handle = nullptr;
  bool Detached = false;
  /// Fields that it tests and that other members set to a constant: what may stop it, or make it go on.
  MethodFacts::Fields Flags;
  bool ObservesStop = false; ///< it asks a stop token or context
};

/// One thing that a member or a task does to a field.
struct MemberAccess {
  enum Kind {
    Look,   ///< asks for the size or the emptiness of a container
    Read,   ///< also of an atomic
    Write,  ///< also of an atomic
    Operate ///< an operation on a mutex, condition, handle, channel, …: Operation says which
  };
  const clang::FieldDecl *Field = nullptr;
  Kind Does = Read;
  const Event *Operation = nullptr; ///< set with Operate
  /// How the source does it; null with Operate, and where it names the field by an alias.
  const Use *As = nullptr;
  const clang::Stmt *Site = nullptr;        ///< where it happens, in In
  Code *In = nullptr;                       ///< the body; null if it is not one of the object's
  const clang::Stmt *Entry = nullptr;       ///< in the body of By or of the task: Site, or the call that leads there
  const clang::CXXMethodDecl *By = nullptr; ///< the member that is called from outside; null in a task
  const ClassTask *Task = nullptr;          ///< the task that does it
  Phase When = Phase::Concurrent;
  llvm::SmallVector<Place, 2> Locks; ///< surely held, in the names of the object's members
};

/// A condition variable of the object.
struct ConditionFacts {
  const clang::FieldDecl *Condition = nullptr;
  MethodFacts::Fields Mutexes;    ///< locks of the object under which members wait for it
  MethodFacts::Fields Predicates; ///< fields that decide whether they wait on
};

/// A member that is called from outside: one that is not private, constructors and the destructor included, or one that
/// no other member or task calls, as handlers. What only members call counts as part of them.
struct ClassMember {
  const clang::CXXMethodDecl *M = nullptr;
  Code *Body = nullptr;
};

/// One step of the construction or destruction of an object.
struct LifeStep {
  enum Kind {
    Base,       ///< Of is constructed or destroyed
    Initialise, ///< Field comes into being, from Init if that is not null
    Do,         ///< What happens in a body, or in what a body calls on the object
    Destroy,    ///< Field ends
  };
  Kind Does = Do;
  const clang::CXXRecordDecl *Of = nullptr;
  const clang::FieldDecl *Field = nullptr;
  const clang::Expr *Init = nullptr;
  const Event *What = nullptr;
  Code *In = nullptr;                ///< the body of What
  const ClassTask *Starts = nullptr; ///< the task that starts with this step
  clang::SourceLocation Loc;
};

/// The facts of one class. Members of bases count where a member of the class calls them.
class ClassFacts {
public:
  ClassFacts(Unit &U, const clang::CXXRecordDecl *RD);
  ~ClassFacts();

  const clang::CXXRecordDecl *Class;
  std::vector<FieldFacts> Fields; ///< in the order of declaration
  std::vector<ClassMember> Members;
  std::deque<ClassTask> Tasks; ///< each once, in the order in which members that start them are declared

  /// Everything that members and tasks do to fields of the object, in the order of members, then tasks. Alike accesses
  /// at one place are one. Computed when first asked for.
  const std::vector<MemberAccess> &accesses();
  /// Those of one field.
  llvm::SmallVector<const MemberAccess *, 8> of(const clang::FieldDecl *F);
  /// Those of one field that do one of these operations: who joins, wakes, closes, cancels it.
  llvm::SmallVector<const MemberAccess *, 4> operations(const clang::FieldDecl *F, std::initializer_list<Op> Ops);
  const std::vector<ConditionFacts> &conditions();
  /// What the member does, without paths.
  const MethodFacts &does(const ClassMember &M);

  /// What happens while an object is made: bases, fields in declaration order, each with what its initialiser does, the
  /// body with calls of own members inlined. \p Ctor null: a constructor that the compiler makes.
  std::vector<LifeStep> construction(const clang::CXXConstructorDecl *Ctor);
  /// The same of its end: the destructor's body, fields in reverse, bases in reverse.
  std::vector<LifeStep> destruction();

  const FieldFacts *field(const clang::FieldDecl *F) const;

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

/// The facts of the classes of a unit: of those that have a field with a role or one whose end
/// waits for tasks, or whose members start tasks, and of those that derive directly from a class that starts tasks.
class ClassTable {
public:
  explicit ClassTable(Unit &U);

  /// Null for other classes, and for those that are not visible.
  ClassFacts *of(const clang::CXXRecordDecl *RD);
  /// All classes of which the run visits a member, in the order of their first.
  const std::vector<ClassFacts *> &all();

private:
  Unit &U;
  llvm::DenseMap<const clang::CXXRecordDecl *, std::unique_ptr<ClassFacts>> Known;
  std::vector<ClassFacts *> All;
  bool AllKnown = false;
};

} // namespace heddle
