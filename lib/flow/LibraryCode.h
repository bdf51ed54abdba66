// Which code belongs to libraries, not to the project.
#pragma once

#include "clang/Basic/SourceLocation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>
#include <vector>

namespace heddle {

class Unit;
struct LibraryModel;

/// Tells the headers of libraries, which the models speak for, from the project's. Many builds name the folder of a
/// library by `-I`, which leaves its headers without the mark of system headers. Lazy and cached; belongs to one Unit.
class LibraryCode {
public:
  explicit LibraryCode(Unit &U);
  ~LibraryCode();

  /// Returns true if this is code of a library:
  ///  - it stands in a system header, or below a folder that compilers search by default;
  ///  - it stands in a folder by which a model's headers are included (`boost/`, `QtCore/`), and there a header
  ///    declares what that model knows. A folder of the project that has such a name by chance declares nothing of it.
  bool has(clang::SourceLocation L);

private:
  bool belongs(clang::FileID File);
  const std::vector<std::string> &roots();
  std::string rootOf(llvm::StringRef Path, llvm::StringRef Folder) const;

  Unit &U;
  llvm::DenseMap<clang::FileID, bool> Known;
  struct Folders;
  std::unique_ptr<Folders> Names;
  std::vector<std::string> Roots; ///< ending in a slash
  bool RootsKnown = false;
};

/// Returns true if this is code of a library (see LibraryCode).
bool inLibrary(Unit &U, clang::SourceLocation L);

} // namespace heddle
