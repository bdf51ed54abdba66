#include "ConditionalStarts.h"
#include "Calls.h"
#include "Guards.h"
#include "Order.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 3;

using Declarations = llvm::DenseSet<const ValueDecl *>;

/// The members and variables that an expression names.
void names(const Expr *E, Declarations &Into) {
  forEach<MemberExpr>(E, [&](const MemberExpr *M) { Into.insert(M->getMemberDecl()); });
  forEach<DeclRefExpr>(E, [&](const DeclRefExpr *DR) { Into.insert(DR->getDecl()); });
}

class Finder {
public:
  Finder(Unit &U, ClassFacts &F) : U(U), F(F) {}

  std::vector<ConditionalStart> run() {
    for (const FieldFacts &X : F.Fields)
      if (X.Plays == Role::Thread && !X.Many && !X.Field->getType()->isPointerType() &&
          (X.AtEnd.has(Endings::Terminates) || X.AtEnd.has(Endings::Leaks)))
        look(X.Field);
    return std::move(Out);
  }

private:
  Unit &U;
  ClassFacts &F;
  std::vector<ConditionalStart> Out;

  void look(const FieldDecl *Handle) {
    const ClassTask *Only = nullptr;
    for (const ClassTask &T : F.Tasks)
      if (T.Handle == Handle) {
        if (Only || !T.Start || T.StartedBy.size() != 1)
          return;
        Only = &T;
      }
    if (!Only || !F.operations(Handle, {Op::Detach, Op::Escape}).empty())
      return;
    Declarations Asked;
    const Expr *Condition = conditionOf(*Only, Asked);
    bool Configured = false;
    if (const Expr *Setting = settingOf(*Only, Asked)) {
      Configured = true;
      Condition = Condition ? Condition : Setting;
    }
    if (!Condition)
      return;
    Asked.insert(Handle);
    for (const MemberAccess *J : F.operations(Handle, {Op::Join})) {
      bool AtEnd = J->By && isa<CXXDestructorDecl>(J->By);
      bool Reached = hasSibling(*Only, Condition) || (AtEnd && (inConstructor(*Only) || Configured));
      if (!J->In || J->Task || J->Operation->may(Fact::Timed) || !Reached)
        continue;
      if (!isAsked(*J->In, J->Site, Asked, 0)) {
        Out.push_back({Handle, Only->Start->Start, Condition, J->Operation});
        return;
      }
    }
  }
  static bool inConstructor(const ClassTask &T) { return isa<CXXConstructorDecl>(T.StartedBy.front()); }

  /// The condition around the start; what leads out of the body before it starts anything does not count.
  const Expr *conditionOf(const ClassTask &T, Declarations &Asked) {
    const Expr *Found = nullptr;
    for (const Guard &G : guards(*T.StartedIn, T.Start->Start->Site)) {
      const auto *If = dyn_cast_or_null<IfStmt>(G.By);
      bool Around = If && anyOf<Stmt>(G.Value ? If->getThen() : If->getElse(), Walk::WithImplicit,
                                      [&](const Stmt *S) { return S == T.Start->Start->Site; });
      if (!Around || !If->getCond())
        continue;
      Found = If->getCond();
      names(Found, Asked);
    }
    return Found;
  }
  /// A condition on the start, also one that leaves before it, which asks for a member that only constructors set: it is
  /// the object that has no thread then, whoever starts it. Null if there is none.
  const Expr *settingOf(const ClassTask &T, Declarations &Asked) {
    for (const Guard &G : guards(*T.StartedIn, T.Start->Start->Site)) {
      if (!isa_and_nonnull<IfStmt>(G.By))
        continue;
      const MemberExpr *Of = findFirst<MemberExpr>(G.Condition, [&](const MemberExpr *M) {
        const auto *D = dyn_cast<FieldDecl>(M->getMemberDecl());
        return D && D != T.Handle && isa<CXXThisExpr>(M->getBase()->IgnoreParenImpCasts()) && isSetting(D);
      });
      if (!Of)
        continue;
      names(G.Condition, Asked);
      return G.Condition;
    }
    return nullptr;
  }
  bool isSetting(const FieldDecl *D) {
    if (U.role(D->getType()) != Role::None)
      return false;
    return D->getType().isConstQualified() ||
           (U.seesAllUses(D) && llvm::none_of(U.get<Uses>().everywhere(D), [](const Use &X) {
              return X.is(Use::Writes) && !isa<CXXConstructorDecl>(X.Body);
            }));
  }
  /// Another thread is started in the same body, whether or not this one is.
  bool hasSibling(const ClassTask &T, const Expr *Condition) {
    auto &O = U.get<Order>();
    auto IsStart = [&](const Stmt *S) { return S == T.Start->Start->Site; };
    return llvm::any_of(F.Tasks, [&](const ClassTask &X) {
      const FieldFacts *H = X.Handle && X.Handle != T.Handle ? F.field(X.Handle) : nullptr;
      return H && X.Start && X.StartedIn == T.StartedIn &&
             O.reachesExit(*X.StartedIn, X.Start->Start->Site, IsStart) &&
             (O.reaches(*X.StartedIn, X.Start->Start->Site, T.Start->Start->Site) ||
              O.reaches(*X.StartedIn, Condition, X.Start->Start->Site, IsStart));
    });
  }
  /// A condition on the way to the statement asks for one of these, in a member that it calls, too.
  bool isAsked(const Code &C, const Stmt *S, const Declarations &Asked, unsigned Depth) {
    for (const Guard &G : guards(C, S)) {
      Declarations Named;
      names(G.Condition, Named);
      forEach<CXXMemberCallExpr>(G.Condition, [&](const CXXMemberCallExpr *Call) {
        if (const Code *Inner = U.code(Call->getMethodDecl()))
          forEach<MemberExpr>(Inner->Fn->getBody(), [&](const MemberExpr *M) { Named.insert(M->getMemberDecl()); });
      });
      if (llvm::any_of(Named, [&](const ValueDecl *D) { return Asked.contains(D); }))
        return true;
    }
    for (const CallEdge &X : Depth < MaxDepth ? U.get<Calls>().callers(C.Fn) : llvm::ArrayRef<CallEdge>())
      if (!X.Task && X.In->Fn != C.Fn && isAsked(*X.In, X.Site, Asked, Depth + 1))
        return true;
    return false;
  }
};

} // namespace

std::vector<ConditionalStart> conditionalStarts(Unit &U, ClassFacts &F) { return Finder(U, F).run(); }

} // namespace heddle
