#include "ErrorFlow.h"
#include "Classes.h"
#include "Expressions.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "support/AstVisitor.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

// ---- error types ----------------------------------------------------------------------------------------------------

namespace {

bool isNamed(const NamedDecl *D, std::initializer_list<llvm::StringRef> Names) {
  return D && D->getIdentifier() && llvm::is_contained(Names, D->getName());
}

/// The members by which an error says what went wrong.
bool saysWhatWentWrong(const CXXMethodDecl *M) { return isNamed(M, {"message", "error", "what"}); }

} // namespace

ErrorSign ErrorFlow::sign(QualType T) {
  if (T.isNull())
    return ErrorSign::None;
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return ErrorSign::None;
  if (isNamed(RD, {"exception_ptr"}))
    return ErrorSign::WhenTrue;
  bool Tests = false, Says = false, Result = false;
  for (const CXXMethodDecl *M : allMembers(RD)) {
    Tests |= M->getReturnType()->isBooleanType() && M->param_empty();
    Says |= saysWhatWentWrong(M);
    Result |= isNamed(M, {"error"});
  }
  return !Tests || !Says ? ErrorSign::None : Result ? ErrorSign::WhenFalse : ErrorSign::WhenTrue;
}

QualType ErrorFlow::carried(QualType T) {
  const auto *Spec =
      T.isNull() ? nullptr : dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() == 0 || Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return {};
  return Spec->getTemplateArgs()[0].getAsType();
}

bool ErrorFlow::tellsOutcome(const FunctionDecl *F) {
  return F->getReturnType().getNonReferenceType()->isBooleanType() || tellsOutcome(F->getReturnType());
}

bool ErrorFlow::tellsOutcome(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return sign(T) != ErrorSign::None || (RD && RD->isInStdNamespace() && isNamed(RD, {"optional", "expected"}));
}

// ---- what a handler or branch does ----------------------------------------------------------------------------------

/// Looks for what a part of a body leaves of an error.
class TraceFinder : public AstVisitor {
public:
  /// \p Called: the part is the body of a function that the handler calls.
  TraceFinder(ErrorFlow &E, const Code &C, const Stmt *Part, bool Called) : E(E), C(C), Called(Called) {
    forEach<DeclStmt>(Part, heddle::Walk::NoLambdas, [&](const DeclStmt *S) {
      for (const Decl *D : S->decls())
        if (const auto *V = dyn_cast<VarDecl>(D); V && V->hasLocalStorage())
          Own.insert(V);
    });
    if (Called)
      for (const ParmVarDecl *P : C.Fn->parameters())
        if (!P->getType()->isReferenceType() && !P->getType()->isPointerType())
          Own.insert(P);
    TraverseStmt(Part);
  }
  Handling Found = Handling::Words;

private:
  ErrorFlow &E;
  const Code &C;
  const bool Called;
  llvm::SmallPtrSet<const VarDecl *, 8> Own; ///< die with the part

  bool found(Handling H = Handling::Trace) {
    Found = std::max(Found, H);
    return Found != Handling::Rethrow;
  }
  const VarDecl *root(const Expr *Of) const {
    auto P = C.place(Of);
    return P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  }
  bool isOwn(const Expr *Of) const {
    const VarDecl *V = root(Of);
    return V && Own.contains(V);
  }
  bool isGlobal(const Expr *Of) const {
    const VarDecl *V = root(Of);
    return V && V->hasGlobalStorage();
  }
  /// Returns true for `stderr`: what is written there is output.
  bool isStandardStream(const Expr *Of) const {
    const VarDecl *V = root(Of);
    return V && V->hasGlobalStorage() && inLibrary(C.U, V->getLocation());
  }
  bool written(const Expr *Left) { return isOwn(Left) || found(); }

  bool TraverseLambdaExpr(const LambdaExpr *) override { return found(); }
  bool VisitCXXThrowExpr(const CXXThrowExpr *) override { return found(Handling::Rethrow); }
  bool VisitContinueStmt(const ContinueStmt *) override { return Called || found(); } // tries again
  bool VisitBreakStmt(const BreakStmt *) override { return Called || found(); } // what follows the loop may know
  bool VisitGotoStmt(const GotoStmt *) override { return Called || found(); }
  bool VisitBinaryOperator(const BinaryOperator *B) override { return !B->isAssignmentOp() || written(B->getLHS()); }
  bool VisitUnaryOperator(const UnaryOperator *O) override {
    return !O->isIncrementDecrementOp() || written(O->getSubExpr());
  }

  static bool leavesNothing(Op K) {
    switch (K) {
    case Op::Call:
    case Op::Self:
    case Op::Test:
    case Op::Escape:
    case Op::Acquire:
    case Op::Release:
    case Op::Block:
    case Op::Sleep:
      return true;
    default:
      return false;
    }
  }
  bool VisitCallExpr(const CallExpr *Call) override {
    if (llvm::any_of(C.at(Call), [&](unsigned I) { return !leavesNothing(C.Events[I].Kind); }))
      return found();
    const FunctionDecl *F = Call->getDirectCallee();
    if (!F || F->isNoReturn())
      return found(); // a callback hears of the error
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call))
      return memberCall(M);
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Call))
      return operatorCall(O);
    for (unsigned I = 0; I != Call->getNumArgs() && I < F->getNumParams(); ++I)
      if (isWritable(F->getParamDecl(I)->getType()) && !isOwn(Call->getArg(I)) && !isStandardStream(Call->getArg(I)))
        return found();
    return behind(F);
  }
  bool memberCall(const CXXMemberCallExpr *M) {
    const CXXMethodDecl *D = M->getMethodDecl();
    const Expr *Obj = M->getImplicitObjectArgument();
    if (!D || D->isStatic() || !Obj || isOwn(Obj))
      return true;
    if (D->isConst() || isGlobal(Obj))
      return behind(D);
    // A logger is got from a function or reached through a pointer; anything that lives here may be read later.
    return isa<CallExpr>(Obj->IgnoreParenImpCasts()) || found();
  }
  bool operatorCall(const CXXOperatorCallExpr *O) {
    if (const auto *M = dyn_cast_or_null<CXXMethodDecl>(O->getDirectCallee()); M && M->getParent()->isLambda())
      return behind(M);
    bool Writes = O->isAssignmentOp() || O->getOperator() == OO_PlusPlus || O->getOperator() == OO_Call;
    return !Writes || (O->getOperator() != OO_Call && isOwn(O->getArg(0))) || found();
  }
  static bool isWritable(QualType T) {
    if (T->isReferenceType())
      return !T->getPointeeType().isConstQualified() && !T->isRValueReferenceType();
    return T->isPointerType() && !T->getPointeeType().isConstQualified() && !T->getPointeeType()->isFunctionType();
  }
  bool behind(const FunctionDecl *F) {
    Handling Inner = E.handlingIn(F);
    return Inner <= Handling::Words || found(Inner);
  }
};

Handling ErrorFlow::handlingIn(const FunctionDecl *F) {
  const FunctionDecl *Def = U.visible(F);
  const Code *C = Def ? U.code(Def) : nullptr;
  if (!C)
    return Handling::Words;
  auto [It, New] = Callees.try_emplace(Def, Handling::Words); // recursion adds nothing
  if (!New)
    return It->second;
  Handling Found = TraceFinder(*this, *C, Def->getBody(), /*Called=*/true).Found;
  return Callees[Def] = Found;
}

Handling ErrorFlow::handling(const Code &C, const Stmt *Part) {
  if (const auto *H = dyn_cast<CXXCatchStmt>(Part))
    Part = H->getHandlerBlock();
  if (const auto *Block = dyn_cast<CompoundStmt>(Part); Block && Block->body_empty())
    return Handling::Empty;
  return TraceFinder(*this, C, Part, /*Called=*/false).Found;
}

// ---- error branches -------------------------------------------------------------------------------------------------

namespace {

/// `int error = writeAll(fd); if (error != 0) fprintf(stderr, "%s", strerror(error));`: a number that is not zero if
/// something went wrong, as the branch shows by the text that it asks for.
bool testsErrorNumber(const IfStmt *If) {
  const Expr *E = If->getCond()->IgnoreParenImpCasts();
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    const auto *Zero = dyn_cast<IntegerLiteral>(B->getRHS()->IgnoreParenImpCasts());
    if ((B->getOpcode() != BO_NE && B->getOpcode() != BO_LT) || !Zero || Zero->getValue() != 0)
      return false;
    E = B->getLHS()->IgnoreParenImpCasts();
  }
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || !V->isLocalVarDecl() || !V->getType()->isIntegerType() || V->getType()->isBooleanType() || !V->getInit() ||
      !isa<CallExpr>(V->getInit()->IgnoreUnlessSpelledInSource()))
    return false;
  return mentions(If->getThen(), V) && anyOf<CallExpr>(If->getThen(), [](const CallExpr *Call) {
           return isNamed(Call->getDirectCallee(), {"strerror", "generic_category", "gai_strerror"});
         });
}

} // namespace

/// The branch that is taken on an error, or null. One that asks what went wrong is; else `if (!err)` and `if
/// (err.ok())` ask for the good case. `if (!process(item)) log(…);` tests what a call gave back.
const Stmt *ErrorFlow::takenOnError(const Code &C, const IfStmt *If) {
  if (If->getElse() || !If->getCond())
    return nullptr;
  const Stmt *Then = If->getThen();
  if (testsErrorNumber(If))
    return Then;
  const Expr *E = If->getCond()->IgnoreParenImpCasts();
  bool Negated = false;
  for (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_LNot; O = dyn_cast<UnaryOperator>(E)) {
    Negated = !Negated;
    E = O->getSubExpr()->IgnoreParenImpCasts();
  }
  auto IsError = [&](const ValueDecl *D) {
    const auto *V = dyn_cast_or_null<VarDecl>(D);
    return V && V->isLocalVarDecl() && sign(V->getType()) != ErrorSign::None;
  };
  bool Tested = IsError(If->getConditionVariable()) ||
                anyOf<DeclRefExpr>(If->getCond(), [&](const DeclRefExpr *D) { return IsError(D->getDecl()); });
  const auto *Call = dyn_cast<CallExpr>(E);
  bool Outcome = Negated && Call && Call->getType()->isBooleanType() && !isa<CXXOperatorCallExpr>(Call) &&
                 Call->getDirectCallee() && !C.Fn->getReturnType()->isVoidType();
  if (!Tested && !Outcome)
    return nullptr;
  if (anyOf<CXXMemberCallExpr>(Then, [&](const CXXMemberCallExpr *M) {
        return saysWhatWentWrong(M->getMethodDecl()) &&
               sign(M->getImplicitObjectArgument()->getType()) != ErrorSign::None;
      }))
    return Then;
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E)) {
    QualType Of = M->getImplicitObjectArgument()->getType();
    bool Result = sign(Of->isPointerType() ? Of->getPointeeType() : Of) == ErrorSign::WhenFalse;
    return Result == Negated ? Then : nullptr;
  }
  return Negated == isa<CallExpr>(E) ? Then : nullptr;
}

const std::vector<ErrorPath> &ErrorFlow::paths(const Code &C) {
  auto [It, New] = Paths.try_emplace(C.Fn);
  if (!New)
    return It->second;
  std::vector<ErrorPath> &Found = It->second;
  walk(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const Stmt *S) {
    if (const auto *T = dyn_cast<CXXTryStmt>(S))
      for (unsigned I = 0; I != T->getNumHandlers(); ++I)
        Found.push_back({T, T->getHandler(I), handling(C, T->getHandler(I))});
    if (const auto *If = dyn_cast<IfStmt>(S))
      if (const Stmt *Taken = takenOnError(C, If))
        Found.push_back({If, Taken, handling(C, Taken)});
    return Step::In;
  });
  return Found;
}

// ---- what follows an error ------------------------------------------------------------------------------------------

/// Returns true unless the statement only prints or counts down that the task has ended, whatever became of it. What
/// takes a thing of the program's own does something with it.
bool ErrorFlow::leavesSomething(const Code &C, const Stmt *S) {
  const auto *E = dyn_cast<Expr>(S);
  E = E ? E->IgnoreUnlessSpelledInSource() : nullptr;
  if (E && llvm::any_of(C.at(E), [&](unsigned I) { return C.Events[I].Kind == Op::Leave; }))
    return false;
  const auto *Call = dyn_cast_or_null<CallExpr>(E);
  return !Call || handling(C, S) > Handling::Words || llvm::any_of(Call->arguments(), [](const Expr *A) {
    const CXXRecordDecl *RD = A->getType()->getAsCXXRecordDecl();
    return RD && !RD->isInStdNamespace();
  });
}

bool ErrorFlow::endsAfter(const Code &C, const ErrorPath &Path) {
  for (const Stmt *Child = Path.Whole, *P = C.parent(Child); P; Child = P, P = C.parent(P)) {
    if (isa<WhileStmt, DoStmt>(P))
      return false; // tries again, or continues with the next: a loop that may know
    if (const auto *Block = dyn_cast<CompoundStmt>(P))
      for (const Stmt *X : llvm::make_range(std::next(llvm::find(Block->body(), Child)), Block->body_end()))
        if (!isa<ReturnStmt>(X) && leavesSomething(C, X))
          return false;
  }
  return true;
}

namespace {

/// A result that is the same whatever happened: nothing, a constant, or a value made of nothing.
std::optional<std::string> fixedResult(const ReturnStmt *R, const ASTContext &Ctx) {
  const Expr *E = R ? R->getRetValue() : nullptr;
  if (!E)
    return std::string("void");
  if (auto N = constantInteger(E, Ctx))
    return std::to_string(*N);
  E = E->IgnoreUnlessSpelledInSource();
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 1)
    E = CE->getArg(0)->IgnoreUnlessSpelledInSource();
  if (isa<CXXNullPtrLiteralExpr>(E))
    return std::string("null");
  if (const auto *DR = dyn_cast<DeclRefExpr>(E);
      DR && DR->getType()->isRecordType() && DR->getType().isConstQualified())
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl());
        V && V->hasGlobalStorage() && V->getType()->isRecordType())
      return V->getQualifiedNameAsString(); // std::nullopt
  const auto *CE = dyn_cast<CXXConstructExpr>(E);
  const auto *List = dyn_cast<InitListExpr>(E);
  if ((CE && CE->getNumArgs() == 0) || (List && List->getNumInits() == 0) ||
      isa<CXXScalarValueInitExpr, ImplicitValueInitExpr>(E))
    return std::string("{}");
  if (const auto *Call = dyn_cast<CallExpr>(E);
      Call && Call->getNumArgs() == 0 && Call->getDirectCallee() && !isa<CXXMemberCallExpr>(Call))
    return Call->getDirectCallee()->getQualifiedNameAsString(); // Status::ok()
  return std::nullopt;
}

/// The return that control comes to when it falls out of \p S, or null.
const ReturnStmt *returnAfter(const Code &C, const Stmt *S) {
  for (const Stmt *Child = S, *P = C.parent(S); P; Child = P, P = C.parent(P))
    if (const auto *Block = dyn_cast<CompoundStmt>(P))
      for (const Stmt *X : llvm::make_range(std::next(llvm::find(Block->body(), Child)), Block->body_end()))
        if (const auto *R = dyn_cast<ReturnStmt>(X))
          return R;
  return nullptr;
}

/// Returns true if control comes to the end of the block, as far as its last statement shows.
bool fallsThrough(const CompoundStmt *Block) {
  if (Block->body_empty())
    return true;
  const Stmt *Last = Block->body_back();
  if (const auto *E = dyn_cast<Expr>(Last); E && isa<CXXThrowExpr>(E->IgnoreUnlessSpelledInSource()))
    return false;
  return isa<Expr, DeclStmt, ForStmt, CXXForRangeStmt>(Last);
}

} // namespace

bool ErrorFlow::reportsSuccess(const Code &C, const ErrorPath &Path) {
  const ASTContext &Ctx = C.U.Ctx;
  QualType Result = C.Fn->getReturnType();
  if (Result->isVoidType())
    return true;
  auto MeansSuccess = [&](const std::optional<std::string> &V) { return V && (!Result->isBooleanType() || *V != "0"); };
  auto Own = returnsIn(Path.Taken);
  const ReturnStmt *Falls = returnAfter(C, Path.Whole);
  // When all goes well the try block falls out of its end, or the branch is not taken: the same constant follows,
  // whatever is returned elsewhere.
  const auto *Try = dyn_cast<CXXTryStmt>(Path.Whole);
  if (Own.empty() && Falls && (!Try || fallsThrough(Try->getTryBlock())))
    return MeansSuccess(fixedResult(Falls, Ctx));
  llvm::SmallVector<std::string, 4> Good; // what is returned elsewhere
  for (const ReturnStmt *R : returnsIn(C.Fn->getBody()))
    if (!llvm::is_contained(Own, R)) {
      auto V = fixedResult(R, Ctx);
      if (!V)
        return false; // computed: the waiter can read it
      Good.push_back(*V);
    }
  if (Own.empty())
    return Falls && MeansSuccess(fixedResult(Falls, Ctx));
  return !Good.empty() && llvm::all_of(Own, [&](const ReturnStmt *R) {
    auto V = fixedResult(R, Ctx);
    return MeansSuccess(V) && llvm::all_of(Good, [&](const std::string &G) { return G == *V; });
  });
}

// ---- exceptions that may leave --------------------------------------------------------------------------------------

bool ErrorFlow::catchesAll(const CXXTryStmt *Try) {
  for (unsigned I = 0; Try && I != Try->getNumHandlers(); ++I) {
    const VarDecl *V = Try->getHandler(I)->getExceptionDecl();
    const CXXRecordDecl *RD = V ? V->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
    if (!V || (RD && RD->isInStdNamespace() && isNamed(RD, {"exception"})))
      return true;
  }
  return false;
}

bool ErrorFlow::mayThrow(const FunctionDecl *F) {
  if (const auto *P = F->getType()->getAs<FunctionProtoType>();
      P && !isUnresolvedExceptionSpec(P->getExceptionSpecType()) && P->isNothrow())
    return false;
  const FunctionDecl *Def = U.visible(F);
  if (!Def || !U.code(Def))
    return true;
  auto [It, New] = MayThrow.try_emplace(Def, false);
  if (!New)
    return It->second;
  auto Raises = [&](const Stmt *S) {
    const auto *E = dyn_cast<Expr>(S);
    return isa<CXXThrowExpr>(S) || (isa<CallExpr, CXXConstructExpr>(S) && U.mayThrow(E));
  };
  auto Leaves = [&](auto &Self, const Stmt *Part) -> bool {
    return !walk(Part, heddle::Walk::NoLambdas, [&](const Stmt *S) {
      if (const auto *T = dyn_cast<CXXTryStmt>(S); T && catchesAll(T)) {
        for (unsigned I = 0; I != T->getNumHandlers(); ++I)
          if (Self(Self, T->getHandler(I)->getHandlerBlock()))
            return Step::Out;
        return Step::Over;
      }
      return Raises(S) ? Step::Out : Step::In;
    });
  };
  bool May = Leaves(Leaves, Def->getBody());
  return MayThrow[Def] = May;
}

ErrorFlow::ErrorFlow(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<ErrorFlow>(Unit &);

} // namespace heddle
