#include "Scopes.h"
#include "Loops.h"
#include "support/Walk.h"

#include "clang/AST/CXXInheritance.h"
#include "llvm/ADT/StringSet.h"

using namespace clang;

namespace heddle {

const Stmt *nextInScope(const Code &C, const Stmt *S) {
  for (const Stmt *Up = C.parent(S); Up; S = Up, Up = C.parent(Up)) {
    if (const auto *Block = dyn_cast<CompoundStmt>(Up)) {
      auto It = llvm::find(Block->body(), S);
      if (It != Block->body_end() && ++It != Block->body_end())
        return *It;
      if (isa_and_nonnull<CompoundStmt>(C.parent(Block)))
        return nullptr; // braces of its own
    } else if (const auto *If = dyn_cast<IfStmt>(Up)) {
      if (If->getInit() == S)
        return If;
    } else if (const auto *Switch = dyn_cast<SwitchStmt>(Up)) {
      return Switch->getInit() == S ? Switch : nullptr;
    } else if (const auto *Range = dyn_cast<CXXForRangeStmt>(Up)) {
      return Range->getInit() == S ? Range : nullptr;
    } else if (!isa<LabelStmt, SwitchCase, AttributedStmt>(Up)) {
      return nullptr; // a loop or a handler
    }
  }
  return nullptr;
}

llvm::SmallVector<const ValueDecl *, 4> hiddenBy(const VarDecl *V) {
  llvm::SmallVector<const ValueDecl *, 4> Hidden;
  auto Add = [&](const NamedDecl *D) {
    if (const auto *X = dyn_cast<ValueDecl>(D); X && X != V && X->getDeclName() == V->getDeclName())
      Hidden.push_back(X);
  };
  for (const DeclContext *DC = V->getDeclContext(); DC; DC = DC->getParent()) {
    if (const auto *F = dyn_cast<FunctionDecl>(DC)) {
      llvm::for_each(F->parameters(), Add);
      forEach<DeclStmt>(F->getBody(), [&](const DeclStmt *DS) {
        for (const Decl *D : DS->decls())
          if (const auto *X = dyn_cast<VarDecl>(D))
            Add(X);
      });
      continue;
    }
    llvm::for_each(DC->lookup(V->getDeclName()), Add);
    if (const auto *RD = dyn_cast<CXXRecordDecl>(DC); RD && RD->hasDefinition())
      RD->getDefinition()->forallBases([&](const CXXRecordDecl *Base) {
        llvm::for_each(Base->lookup(V->getDeclName()), Add);
        return true;
      });
  }
  return Hidden;
}

std::string freshName(const Code &C, llvm::ArrayRef<llvm::StringRef> Names) {
  llvm::StringSet<> Taken;
  auto Take = [&](const NamedDecl *D) {
    if (D->getIdentifier())
      Taken.insert(D->getName());
  };
  llvm::for_each(C.Fn->parameters(), Take);
  walk(C.Fn->getBody(), Walk::Whole, [&](const Stmt *S) {
    if (const auto *M = dyn_cast<MemberExpr>(S))
      Take(M->getMemberDecl());
    else if (const auto *DR = dyn_cast<DeclRefExpr>(S); DR && !DR->hasQualifier())
      Take(DR->getDecl());
    else if (const auto *DS = dyn_cast<DeclStmt>(S))
      for (const Decl *D : DS->decls())
        if (const auto *N = dyn_cast<NamedDecl>(D))
          Take(N);
    return Step::In;
  });
  for (llvm::StringRef Name : Names)
    if (!Taken.contains(Name))
      return Name.str();
  unsigned I = 2;
  while (Taken.contains((Names.front() + llvm::Twine(I)).str()))
    ++I;
  return (Names.front() + llvm::Twine(I)).str();
}

} // namespace heddle
