#include "OwnTasks.h"
#include "Calls.h"
#include "Captures.h"
#include "Classes.h"
#include "Expressions.h"
#include "Globals.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

/// Returns true if the callable keeps the object alive, or looks whether it still is: `[self = shared_from_this()]`.
bool ownsObject(Unit &U, const Code &C, const CallableRef &T, const CXXRecordDecl *RD) {
  return llvm::any_of(U.get<Captures>().of(C, T), [&](const Held &H) {
    if (H.By != Held::Owner && H.By != Held::WeakOwner)
      return false;
    const Expr *V = H.Value;
    QualType Type = H.Variable ? H.Variable->getType() : V ? V->getType() : QualType();
    const CXXRecordDecl *To = Type.isNull() ? nullptr : U.pointee(Type)->getAsCXXRecordDecl();
    return (H.Object && H.Object->isThis()) || !To || To == RD || (To->hasDefinition() && RD->isDerivedFrom(To));
  });
}

class Collector {
public:
  Collector(Unit &U, ClassFacts &F) : U(U), F(F) {}

  std::vector<OwnTask> run() {
    const CXXDestructorDecl *D = F.Class->getDestructor();
    if (D && D->isUserProvided() && !U.visible(D))
      return {};
    Script = F.destruction();
    for (const ClassTask &T : F.Tasks)
      thread(T);
    for (const FieldFacts &X : F.Fields)
      if (X.AtEnd.has(Endings::Joins))
        member(X);
    return std::move(Out);
  }
  std::vector<OwnTask> ofPart(const FieldDecl *Member) {
    if (ClassFacts *Of = part(Member))
      given(Member, *Of);
    return std::move(Out);
  }

private:
  Unit &U;
  ClassFacts &F;
  std::vector<LifeStep> Script;
  std::vector<OwnTask> Out;

  /// Returns true if the destructor's body waits for what the member stands for, or ends it.
  bool endedInBody(const FieldDecl *Handle) const {
    return llvm::any_of(Script, [&](const LifeStep &S) {
      if (S.Does != LifeStep::Do || !S.What)
        return false;
      const Event &E = *S.What;
      Place P = E.Object.valid() ? S.In->whole(E.Object) : Place();
      bool About = P.This && !P.Path.empty() && P.Path.front() == Handle;
      if (!About) // a helper that waits for all: what it waits for is not known
        return E.Kind == Op::Call && !(E.Object.isThis() && U.visible(E.Callee)) && mentions(E.Site, Handle);
      switch (E.Kind) {
      case Op::Join:
      case Op::Wait:
      case Op::Await:
      case Op::Consume:
        return !E.may(Fact::Timed);
      case Op::Reset:
      case Op::Clear:
      case Op::Extract:
      case Op::Move:
      case Op::Escape:
      case Op::Detach:
        return true;
      case Op::Call:
        return !E.Callee || !U.visible(E.Callee) || U.get<Calls>().witness(E.Callee, Effect::Joins) ||
               U.get<Calls>().witness(E.Callee, Op::Reset);
      default:
        return false;
      }
    });
  }

  void thread(const ClassTask &T) {
    if (!T.OnObject || !T.Handle || T.Detached)
      return;
    const FieldFacts *H = F.field(T.Handle);
    // The future of a task with a thread of its own waits for it, others do not.
    bool Future = H && H->Plays == Role::Future && T.Start && T.Start->Start->may(Fact::Joins);
    if (!H || !(H->AtEnd.has(Endings::Joins) || Future) || endedInBody(T.Handle))
      return;
    if (ownsItsObject(U, F, T))
      return;
    Out.push_back({OwnTask::Thread, T.Handle, T.Loc, touchedBy(U, T.Body)});
  }

  // ---- members with threads of their own ----

  void member(const FieldFacts &X) {
    ClassFacts *Of = endedInBody(X.Field) ? nullptr : part(X.Field);
    if (!Of)
      return;
    given(X.Field, *Of);
    runsLoop(X.Field);
  }
  ClassFacts *part(const FieldDecl *Member) {
    const CXXRecordDecl *RD = U.pointee(Member->getType())->getAsCXXRecordDecl();
    return RD && RD != F.Class ? U.get<ClassTable>().of(RD) : nullptr;
  }
  /// What the member is made with, in a constructor or where another member makes it.
  void given(const FieldDecl *Member, ClassFacts &Of) {
    for (const ClassMember &M : F.Members)
      if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(M.M))
        for (const LifeStep &S : F.construction(Ctor))
          if (S.Does == LifeStep::Initialise && S.Field == Member && S.Init)
            given(Member, Of, *M.Body, S.Init);
    if (F.Class->hasDefinition() && !F.Class->hasUserDeclaredConstructor())
      if (const Expr *Init = Member->getInClassInitializer(); Init && !F.Members.empty())
        given(Member, Of, *F.Members.front().Body, Init);
    for (const Use &X : U.get<Uses>().everywhere(Member))
      if (Code *C = X.Mention && X.Site && !X.Lambda && X.is(Use::Assign | Use::Mutate) ? U.code(X.Body) : nullptr)
        if (objectClass(C->Fn) == F.Class)
          given(Member, Of, *C, X.Site);
  }

  /// `worker_(store_, [this] { … })`: what the constructor keeps, and the member's task uses.
  void given(const FieldDecl *Member, ClassFacts &Of, Code &C, const Stmt *Init) {
    const CXXConstructorDecl *Ctor = nullptr;
    llvm::ArrayRef<const Expr *> Args = making(Init, Of.Class, Ctor);
    if (!Ctor) // `worker_.setStore(&store_)`
      if (const auto *Call = dyn_cast<CXXMemberCallExpr>(Init); Call && Call->getMethodDecl())
        if (Call->getMethodDecl()->getParent()->getCanonicalDecl() == Of.Class->getCanonicalDecl())
          return handed(Member, Of, C, Call->getMethodDecl(), {Call->getArgs(), Call->getNumArgs()});
    handed(Member, Of, C, Ctor, Args);
  }
  void handed(const FieldDecl *Member, ClassFacts &Of, Code &C, const FunctionDecl *To,
              llvm::ArrayRef<const Expr *> Args) {
    const FunctionDecl *Def = U.visible(To);
    for (unsigned I = 0; Def && I != Args.size() && I < Def->getNumParams(); ++I) {
      const FieldDecl *Kept = keeps(*Def, Def->getParamDecl(I));
      if (!Kept || !usedByTasks(Of, Kept))
        continue;
      const Expr *A = Args[I];
      OwnTask T{OwnTask::Given, Member, A->getExprLoc(), {}};
      if (auto P = C.place(A); P && P->This && !P->Path.empty() && leads(Kept->getType()))
        T.Touches.push_back({P->Path.front(), A->getExprLoc()});
      if (isa<CXXThisExpr>(unwrap(A)) || isStarThis(A))
        T.Touches = throughOwner(Of, Kept);
      for (const CallableRef &X : C.callables(A))
        if (X.Body && runsOnThis(X) && !ownsObject(U, C, X, F.Class))
          for (const TouchedField &Y : touchedBy(U, X.Body))
            T.Touches.push_back(Y);
      if (!T.Touches.empty())
        Out.push_back(std::move(T));
    }
  }
  /// The arguments with which the expression makes an object of the class: `Worker(store_)`, `new Worker(store_)`,
  /// `make_unique<Worker>(store_)`, where one constructor takes so many.
  llvm::ArrayRef<const Expr *> making(const Stmt *Init, const CXXRecordDecl *RD, const CXXConstructorDecl *&Ctor) {
    auto IsOf = [&](const CXXConstructorDecl *D) {
      return D->getParent()->getCanonicalDecl() == RD->getCanonicalDecl() && !D->isCopyOrMoveConstructor();
    };
    if (const auto *Made = findFirst<CXXConstructExpr>(
            Init, Walk::NoLambdas, [&](const CXXConstructExpr *CE) { return IsOf(CE->getConstructor()); })) {
      Ctor = Made->getConstructor();
      return llvm::ArrayRef<const Expr *>(Made->getArgs(), Made->getNumArgs());
    }
    const auto *Maker = findFirst<CallExpr>(Init, Walk::NoLambdas, [&](const CallExpr *Call) {
      const CXXRecordDecl *To = U.smartPointee(Call->getType());
      bool Free = Call->getDirectCallee() && !isa<CXXMethodDecl>(Call->getDirectCallee());
      return Free && To && To->getCanonicalDecl() == RD->getCanonicalDecl() && Call->getNumArgs() &&
             !U.visible(Call->getDirectCallee());
    });
    if (!Maker)
      return {};
    unsigned Fitting = 0;
    for (const CXXConstructorDecl *D : RD->ctors())
      if (IsOf(D) && D->getMinRequiredArguments() <= Maker->getNumArgs() && Maker->getNumArgs() <= D->getNumParams()) {
        Ctor = D;
        ++Fitting;
      }
    if (Fitting != 1)
      return {};
    return llvm::ArrayRef<const Expr *>(Maker->getArgs(), Maker->getNumArgs());
  }
  static bool isStarThis(const Expr *A) {
    const auto *D = dyn_cast<UnaryOperator>(unwrap(A));
    return D && D->getOpcode() == UO_Deref && isa<CXXThisExpr>(unwrap(D->getSubExpr()));
  }
  bool leads(QualType T) const { return T->isReferenceType() || T->isPointerType(); }
  /// The member in which the function keeps the parameter, or what it leads to; or null.
  const FieldDecl *keeps(const FunctionDecl &By, const ParmVarDecl *P) {
    auto Names = [&](const Expr *Value) {
      return anyOf<DeclRefExpr>(Value, Walk::WithImplicit, [&](const DeclRefExpr *DR) { return DR->getDecl() == P; });
    };
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(&By))
      for (const CXXCtorInitializer *I : Ctor->inits())
        if (I->isMemberInitializer() && Names(I->getInit()))
          return I->getMember();
    const auto *M = dyn_cast<CXXMethodDecl>(&By);
    Code *C = M ? U.code(M) : nullptr;
    for (const FieldDecl *X : C ? M->getParent()->fields() : RecordDecl::field_range({}, {}))
      for (const Use &Y : U.get<Uses>().in(*C, X))
        if (Y.is(Use::Assign) && Y.Value && Y.Of == Use::Itself && Names(Y.Value))
          return X;
    return nullptr;
  }
  bool usedByTasks(ClassFacts &Of, const FieldDecl *Kept) {
    return llvm::any_of(Of.Tasks, [&](const ClassTask &T) {
      return T.OnObject && llvm::any_of(touchedBy(U, T.Body), [&](const TouchedField &X) { return X.Field == Kept; });
    });
  }
  /// What members of this class touch that the other one's tasks call through the reference that they keep.
  std::vector<TouchedField> throughOwner(ClassFacts &Of, const FieldDecl *Kept) {
    std::vector<TouchedField> All;
    for (const ClassTask &T : Of.Tasks)
      for (const Code *C : T.OnObject ? U.get<Calls>().behind(T.Body) : std::vector<const Code *>())
        for (const Event &E : C->Events) {
          bool OnOwner = E.Kind == Op::Call && E.Callee && E.Object.This && !E.Object.Path.empty() &&
                         E.Object.Path.front() == Kept;
          const auto *M = OnOwner ? dyn_cast<CXXMethodDecl>(E.Callee) : nullptr;
          if (M && M->getParent()->getCanonicalDecl() == F.Class->getCanonicalDecl())
            for (const TouchedField &X : touchedBy(U, M))
              if (llvm::none_of(All, [&](const TouchedField &Y) { return Y.Field == X.Field; }))
                All.push_back(X);
        }
    return All;
  }

  /// `loop_.start(io_)`: the member's thread runs an event loop of this object; then it runs the handlers, too.
  void runsLoop(const FieldDecl *Thread) {
    bool Runs = false;
    for (const ClassMember &M : F.Members)
      for (const Code *C : U.get<Calls>().behind(M.M))
        for (const Event &E : C->Events)
          if (E.Kind == Op::Call && E.Callee && E.Object.This && E.Object.Path.size() == 1 &&
              E.Object.Path.front() == Thread)
            for (const CXXMethodDecl *X : {dyn_cast<CXXMethodDecl>(E.Callee)})
              Runs |= X && startsLoop(X) && givesLoop(*C, E);
    if (Runs)
      handlers(Thread);
  }
  bool isLoop(QualType T) const { return U.role(T) == Role::EventLoop; }
  bool givesLoop(const Code &C, const Event &E) const {
    const auto *Call = dyn_cast<CallExpr>(E.Site);
    return Call && llvm::any_of(Call->arguments(), [&](const Expr *A) {
             auto P = C.place(A);
             return P && P->This && !P->Path.empty() && isLoop(P->Path.front()->getType());
           });
  }
  bool startsLoop(const CXXMethodDecl *M) {
    return U.get<Calls>()
        .find(M,
              [&](const Code &, const Event &E) {
                return E.Kind == Op::Spawn && llvm::any_of(E.Tasks, [&](const CallableRef &T) { return runs(T); });
              })
        .has_value();
  }
  bool runs(const CallableRef &T) {
    const Code *C = T.Body ? U.code(T.Body) : nullptr;
    return C && llvm::any_of(C->Events,
                             [](const Event &E) { return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop; });
  }
  void handlers(const FieldDecl *Until) {
    OwnTask T{OwnTask::Handler, Until, {}, {}};
    for (const ClassMember &M : F.Members)
      for (const Code *C : U.get<Calls>().behind(M.M))
        for (const Event &E : C->Events)
          for (const CallableRef &X :
               E.Kind == Op::Defer ? llvm::ArrayRef<CallableRef>(E.Tasks) : llvm::ArrayRef<CallableRef>()) {
            if (!runsOnThis(X) || !X.Body || ownsObject(U, *C, X, F.Class))
              continue;
            if (T.Loc.isInvalid())
              T.Loc = E.loc();
            for (const TouchedField &Y : touchedBy(U, X.Body))
              if (llvm::none_of(T.Touches, [&](const TouchedField &Z) { return Z.Field == Y.Field; }))
                T.Touches.push_back(Y);
          }
    if (!T.Touches.empty())
      Out.push_back(std::move(T));
  }
};

} // namespace

/// `this`, and a captured variable that was made from it: `[self = this]`.
static bool isThis(const Expr *E) {
  E = unwrap(E);
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  return isa_and_nonnull<CXXThisExpr>(E) ||
         (V && V->isInitCapture() && isa_and_nonnull<CXXThisExpr>(unwrap(V->getInit())));
}

/// `static_cast<Beat *>(context)`, or a variable that was made from one: the object that a parameter leads to.
static bool isContext(const Expr *E, const FunctionDecl *Body, const CXXRecordDecl *Of) {
  E = unwrap(E);
  const CXXRecordDecl *To = E ? E->getType()->getPointeeCXXRecordDecl() : nullptr;
  if (const auto *D = dyn_cast_or_null<UnaryOperator>(E); D && D->getOpcode() == UO_Deref) // `(*self).x`
    return isContext(D->getSubExpr(), Body, Of);
  if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isLocalVarDecl() && V->getInit()) {
      if (V->getType()->isReferenceType()) // `auto &self = *static_cast<Beat *>(context);`
        return isContext(V->getInit(), Body, Of);
      E = unwrap(V->getInit());
    }
  if (!To || To->getCanonicalDecl() != Of->getCanonicalDecl())
    return false;
  return anyOf<DeclRefExpr>(E, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
    return isa<ParmVarDecl>(DR->getDecl()) && DR->getDecl()->getDeclContext() == static_cast<const DeclContext *>(Body);
  });
}

static std::vector<TouchedField> touched(Unit &U, const FunctionDecl *Body, const CXXRecordDecl *Of) {
  std::vector<TouchedField> Out;
  llvm::SmallVector<const FunctionDecl *, 8> Work{Body};
  for (unsigned I = 0; I != Work.size() && I < 100; ++I) {
    const Code *C = Work[I] ? U.code(Work[I]) : nullptr;
    if (!C)
      continue;
    forEach<MemberExpr>(C->Fn->getBody(), [&](const MemberExpr *M) {
      if (!(I == 0 && Of ? isContext(M->getBase(), Body, Of) : isThis(M->getBase())))
        return;
      const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl());
      if (F && llvm::none_of(Out, [&](const TouchedField &X) { return X.Field == F; }))
        Out.push_back({F, M->getExprLoc()});
      const auto *Callee = dyn_cast<CXXMethodDecl>(M->getMemberDecl());
      if (const FunctionDecl *Def = Callee ? U.visible(Callee) : nullptr; Def && !llvm::is_contained(Work, Def))
        Work.push_back(Def);
    });
  }
  return Out;
}

std::vector<TouchedField> touchedBy(Unit &U, const FunctionDecl *Body) { return touched(U, Body, nullptr); }

std::vector<TouchedField> touchedOf(Unit &U, const CXXRecordDecl *Of, const FunctionDecl *Body) {
  return touched(U, Body, Of);
}

bool waitsInDestruction(Unit &U, ClassFacts &F) {
  return llvm::any_of(F.destruction(), [&](const LifeStep &S) {
    return S.Does == LifeStep::Do && S.What && U.get<Calls>().witness(*S.In, *S.What, Effect::Waits);
  });
}

bool isLetGo(const ClassTask &T) {
  if (T.Detached || !T.Start || T.Start->Handles.empty())
    return T.Detached;
  return llvm::all_of(T.Start->Handles, [&](const Place &P) {
    return llvm::any_of(T.StartedIn->Events,
                        [&](const Event &E) { return E.Kind == Op::Detach && E.Object.valid() && E.Object == P; });
  });
}

bool ownsItsObject(Unit &U, const ClassFacts &F, const ClassTask &T) {
  return T.Start && ownsObject(U, *T.StartedIn, *T.Start->What, F.Class);
}

bool isNeverDestroyed(Unit &U, const CXXRecordDecl *RD) {
  if (const CXXDestructorDecl *D = RD->getDestructor(); D && D->isDeleted())
    return true;
  bool Public = llvm::any_of(RD->ctors(), [](const CXXConstructorDecl *C) {
    return C->getAccess() == AS_public && !C->isCopyOrMoveConstructor();
  });
  if (Public || RD->needsImplicitDefaultConstructor())
    return false;
  bool ForGood = false, Otherwise = false;
  for (const CXXMethodDecl *M : allMembers(RD)) {
    const FunctionDecl *Body = M->getDefinition();
    for (const Decl *D : (Body ? Body : M)->decls()) {
      const auto *V = dyn_cast<VarDecl>(D);
      if (!V || !V->isStaticLocal())
        continue;
      (isLeaked(V) ? ForGood : Otherwise) |= recordBehind(V->getType()) == RD;
    }
  }
  ForGood |= !Otherwise && llvm::any_of(lazySingletons(U), [&](const LazySingleton &S) { return S.Class == RD; });
  return ForGood && !Otherwise;
}

std::vector<OwnTask> ownTasks(Unit &U, ClassFacts &F) {
  return isNeverDestroyed(U, F.Class) ? std::vector<OwnTask>() : Collector(U, F).run();
}

std::vector<OwnTask> tasksOfPart(Unit &U, ClassFacts &F, const FieldDecl *Member) {
  return Collector(U, F).ofPart(Member);
}

} // namespace heddle
