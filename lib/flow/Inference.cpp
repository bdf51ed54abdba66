#include "Inference.h"
#include "Unit.h"

using namespace clang;

namespace heddle {

struct Inference::Impl {
  Unit &U;
};

Inference::Inference(Unit &U) : I(new Impl{U}) {}
Inference::~Inference() = default;

const TypeModel *Inference::type(const CXXRecordDecl *) { return nullptr; }
llvm::ArrayRef<Action> Inference::actions(const CXXMethodDecl *) { return {}; }

} // namespace heddle
