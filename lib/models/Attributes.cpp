#include "models/Attributes.h"
#include "models/Words.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"

namespace heddle {

// ---- annotations --------------------------------------------------------------------------------------------------

namespace {

/// The words of one annotation, read from left to right.
struct Words {
  llvm::SmallVector<llvm::StringRef, 8> All;
  unsigned At = 0;

  bool done() const { return At == All.size(); }
  llvm::StringRef peek() const { return done() ? llvm::StringRef() : All[At]; }
  llvm::StringRef next() { return done() ? llvm::StringRef() : All[At++]; }
  bool consume(llvm::StringRef W) {
    if (peek() != W)
      return false;
    ++At;
    return true;
  }
};

std::optional<unsigned> parameter(llvm::StringRef W, const clang::FunctionDecl *F) {
  unsigned Index = 0;
  if (!W.getAsInteger(10, Index))
    return Index;
  for (const clang::ParmVarDecl *P : F->parameters())
    if (P->getIdentifier() && P->getName() == W)
      return P->getFunctionScopeIndex();
  return std::nullopt;
}

/// Calls \p Handle with the words behind "heddle::" of each annotation.
void forEachAnnotation(const clang::Decl *D, llvm::function_ref<void(Words)> Handle) {
  if (!D->hasAttrs())
    return;
  for (const auto *A : D->specific_attrs<clang::AnnotateAttr>()) {
    llvm::StringRef Text = A->getAnnotation();
    if (!Text.consume_front("heddle::"))
      continue;
    Words W;
    Text.split(W.All, ' ', -1, /*KeepEmpty=*/false);
    Handle(std::move(W));
  }
}

bool readFact(llvm::StringRef W, Facts &With, AnnotationError Error) {
  if (!W.consume_front("!"))
    return false;
  if (std::optional<Fact> F = factFromSpelling(W))
    With.add(*F);
  else
    Error(unknownWord("fact", W, factSpellings()));
  return true;
}

/// Reads what stands behind the operation.
void readDetails(Words &W, const clang::FunctionDecl *F, Action &A, AnnotationError Error) {
  while (!W.done()) {
    llvm::StringRef Word = W.next();
    if (Word == "this") {
      A.On = {llvm::isa<clang::CXXConstructorDecl>(F) ? Operand::Result : Operand::This};
    } else if (Word == "result") {
      A.On = {Operand::Result};
    } else if (Word == "all" && W.consume("params")) {
      A.On = {Operand::AllParams};
    } else if (Word == "param" || Word == "callable") {
      llvm::StringRef Which = W.next();
      std::optional<unsigned> Index = parameter(Which, F);
      if (!Index)
        Error("no parameter '" + Which.str() + "'");
      else if (Word == "param")
        A.On = {Operand::Param, *Index};
      else
        A.Callable = static_cast<int>(*Index);
    } else if (Word == "now") {
      A.When = Runs::Now;
    } else if (Word == "later") {
      A.When = Runs::Later;
    } else if (Word == "concurrently") {
      A.When = Runs::Concurrently;
    } else if (Word == "many") {
      A.Many = true;
    } else if (!readFact(Word, A.With, Error)) {
      Error(unknownWord(
          "word in an annotation", Word,
          {"this", "result", "param N", "all params", "callable N", "now", "later", "concurrently", "many", "!fact"}));
    }
  }
}

} // namespace

std::optional<FunctionModel> annotations(const clang::FunctionDecl *F, AnnotationError Error) {
  std::optional<FunctionModel> Model;
  forEachAnnotation(F, [&](Words W) {
    if (!Model)
      Model.emplace();
    llvm::StringRef First = W.next();
    if (First == "nothing")
      return;
    if (First == "returns") {
      if (std::optional<Role> R = roleFromSpelling(W.peek()))
        Model->ResultRole = *R;
      else
        Error(unknownWord("role", W.peek(), roleSpellings()));
      return;
    }
    if (First == "wraps") {
      W.consume("param");
      if (std::optional<unsigned> Index = parameter(W.peek(), F))
        Model->Wraps = static_cast<int>(*Index);
      else
        Error("no parameter '" + W.peek().str() + "'");
      return;
    }
    std::optional<Op> O = opFromSpelling(First);
    if (!O)
      return Error(unknownWord("operation", First, operationSpellings()));
    const auto *Method = llvm::dyn_cast<clang::CXXMethodDecl>(F);
    Action A{*O};
    A.On = naturalOperand(*O, Method && !Method->isStatic(), llvm::isa<clang::CXXConstructorDecl>(F));
    A.When = naturalRuns(*O);
    readDetails(W, F, A, Error);
    Model->Actions.push_back(A);
  });
  return Model;
}

std::optional<TypeModel> annotations(const clang::CXXRecordDecl *D, AnnotationError Error) {
  std::optional<TypeModel> Model;
  forEachAnnotation(D, [&](Words W) {
    if (!W.consume("role"))
      return Error("a class can only be annotated with 'heddle::role ROLE'");
    llvm::StringRef Name = W.next();
    std::optional<Role> R = roleFromSpelling(Name);
    if (!R)
      return Error(unknownWord("role", Name, roleSpellings()));
    Model.emplace();
    Model->Names.push_back(D->getQualifiedNameAsString());
    Model->Plays = *R;
    while (!W.done())
      if (llvm::StringRef Word = W.next(); !readFact(Word, Model->With, Error))
        Error(unknownWord("word in an annotation", Word, {"!fact"}));
  });
  return Model;
}

// ---- thread-safety attributes -------------------------------------------------------------------------------------

namespace {

/// The operand that an attribute's argument names, if it is the object itself or a parameter.
std::optional<Operand> operandOf(const clang::Expr *E, bool Constructor) {
  while (true) {
    E = E->IgnoreParenImpCasts();
    const auto *U = llvm::dyn_cast<clang::UnaryOperator>(E);
    if (!U || (U->getOpcode() != clang::UO_AddrOf && U->getOpcode() != clang::UO_Deref))
      break;
    E = U->getSubExpr();
  }
  if (llvm::isa<clang::CXXThisExpr>(E))
    return Operand{Constructor ? Operand::Result : Operand::This};
  if (const auto *Ref = llvm::dyn_cast<clang::DeclRefExpr>(E))
    if (const auto *P = llvm::dyn_cast<clang::ParmVarDecl>(Ref->getDecl()))
      return Operand{Operand::Param, P->getFunctionScopeIndex()};
  return std::nullopt;
}

template <typename AttrT> void addActions(const clang::FunctionDecl *F, Op O, std::vector<Action> &Actions) {
  const bool Constructor = llvm::isa<clang::CXXConstructorDecl>(F);
  const auto *Method = llvm::dyn_cast<clang::CXXMethodDecl>(F);
  for (const auto *A : F->specific_attrs<AttrT>()) {
    Action One{O};
    if (A->isShared()) {
      if (O == Op::Acquire)
        One.Operation = Op::AcquireShared;
      One.With.add(Fact::Shared);
    }
    if (A->args_size() == 0 && Method && !Method->isStatic()) {
      One.On = {Constructor ? Operand::Result : Operand::This};
      Actions.push_back(One);
    }
    for (const clang::Expr *E : A->args())
      if (std::optional<Operand> On = operandOf(E, Constructor)) {
        One.On = *On;
        Actions.push_back(One);
      }
  }
}

} // namespace

std::vector<Action> threadSafetyActions(const clang::FunctionDecl *F) {
  std::vector<Action> Actions;
  if (!F->hasAttrs())
    return Actions;
  addActions<clang::ReleaseCapabilityAttr>(F, Op::Release, Actions);
  addActions<clang::AcquireCapabilityAttr>(F, Op::Acquire, Actions);
  addActions<clang::TryAcquireCapabilityAttr>(F, Op::TryAcquire, Actions);
  return Actions;
}

Role threadSafetyRole(const clang::CXXRecordDecl *D) {
  if (!D->hasAttrs())
    return Role::None;
  auto AnyMethod = [&](auto Fits) { return D->hasDefinition() && llvm::any_of(D->getDefinition()->methods(), Fits); };
  if (D->hasAttr<clang::ScopedLockableAttr>()) {
    auto Takes = [](bool Shared) {
      return [Shared](const clang::CXXMethodDecl *M) {
        const auto *A = M->getAttr<clang::AcquireCapabilityAttr>();
        return llvm::isa<clang::CXXConstructorDecl>(M) && A && A->isShared() == Shared;
      };
    };
    return AnyMethod(Takes(true)) && !AnyMethod(Takes(false)) ? Role::SharedGuard : Role::Guard;
  }
  const auto *Capability = D->getAttr<clang::CapabilityAttr>();
  if (!Capability)
    return Role::None;
  // A capability may also be a mere role ("this runs on the UI thread").
  if (!Capability->getName().contains_insensitive("mutex") && !Capability->getName().contains_insensitive("lock"))
    return Role::None;
  return AnyMethod([](const clang::CXXMethodDecl *M) {
    const auto *A = M->getAttr<clang::AcquireCapabilityAttr>();
    return A && A->isShared();
  })
             ? Role::SharedMutex
             : Role::Mutex;
}

} // namespace heddle
