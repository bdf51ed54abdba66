// Reads a model from YAML. The format is described in docs/guides/models.md.
#include "models/ModelSet.h"
#include "models/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

#include <algorithm>

namespace heddle {
namespace {

struct Field;

/// A parsed node. LLVM's nodes are read once and in order; these can be looked at in any.
struct Tree {
  enum { Null, Scalar, Sequence, Mapping } Kind = Null;
  unsigned Line = 0;
  std::string Text;
  std::vector<Tree> Items;   ///< of a sequence
  std::vector<Field> Fields; ///< of a mapping
};

struct Field {
  std::string Name;
  Tree Value;
};

class Reader {
public:
  Reader(llvm::StringRef Text, llvm::StringRef File) : Text(Text), File(File) {}

  llvm::Expected<LibraryModel> read() {
    llvm::SourceMgr Sources;
    Sources.setDiagHandler(
        [](const llvm::SMDiagnostic &D, void *Self) {
          static_cast<Reader *>(Self)->fail(static_cast<unsigned>(std::max(D.getLineNo(), 1)), D.getMessage().str());
        },
        this);
    llvm::yaml::Stream Stream(Text, Sources, /*ShowColors=*/false);
    LibraryModel Model;
    auto Document = Stream.begin();
    llvm::yaml::Node *Root = Document == Stream.end() ? nullptr : Document->getRoot();
    if (!Root) {
      fail(1, "empty model");
    } else {
      Tree T = build(Root, Sources);
      if (Error.empty())
        readLibrary(T, Model);
      if (Error.empty() && ++Document != Stream.end())
        fail(T.Line, "more than one document in a model");
    }
    if (!Error.empty())
      return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s", Error.c_str());
    return Model;
  }

private:
  llvm::StringRef Text, File;
  std::string Error; ///< the first one

  void fail(unsigned Line, const std::string &Message) {
    if (Error.empty())
      Error = (File + ":" + llvm::Twine(Line) + ": " + Message).str();
  }

  // ---- nodes ------------------------------------------------------------------------------------------------------

  std::string scalar(llvm::yaml::Node *N) {
    if (auto *S = llvm::dyn_cast<llvm::yaml::ScalarNode>(N)) {
      llvm::SmallString<64> Storage;
      return S->getValue(Storage).str();
    }
    return llvm::cast<llvm::yaml::BlockScalarNode>(N)->getValue().str();
  }

  Tree build(llvm::yaml::Node *N, llvm::SourceMgr &Sources) {
    Tree T;
    // Nodes mostly stand in the line of the one before: count on from there.
    const char *At = N->getSourceRange().Start.getPointer();
    if (At >= LastAt && At <= Text.end()) {
      LastLine += static_cast<unsigned>(std::count(LastAt, At, '\n'));
      LastAt = At;
    }
    T.Line = LastLine;
    if (llvm::isa<llvm::yaml::ScalarNode, llvm::yaml::BlockScalarNode>(N)) {
      T.Kind = Tree::Scalar;
      T.Text = scalar(N);
    } else if (auto *S = llvm::dyn_cast<llvm::yaml::SequenceNode>(N)) {
      T.Kind = Tree::Sequence;
      for (llvm::yaml::Node &Item : *S)
        T.Items.push_back(build(&Item, Sources));
    } else if (auto *M = llvm::dyn_cast<llvm::yaml::MappingNode>(N)) {
      T.Kind = Tree::Mapping;
      for (llvm::yaml::KeyValueNode &KV : *M) {
        llvm::yaml::Node *K = KV.getKey();
        if (!K || !llvm::isa<llvm::yaml::ScalarNode>(K)) {
          fail(LastLine, "a key must be a word");
          break;
        }
        Tree Key = build(K, Sources);
        for (auto &[Name, Value] : T.Fields)
          if (Name == Key.Text)
            fail(Key.Line, "'" + Key.Text + "' is given twice (line " + std::to_string(Value.Line) + ")");
        llvm::yaml::Node *V = KV.getValue();
        T.Fields.push_back({Key.Text, V ? build(V, Sources) : Tree()});
        if (!T.Fields.back().Value.Line)
          T.Fields.back().Value.Line = Key.Line;
      }
    } else if (!llvm::isa<llvm::yaml::NullNode>(N)) {
      fail(T.Line, "anchors and aliases are not supported; see 'like'");
    }
    return T;
  }
  const char *LastAt = Text.begin();
  unsigned LastLine = 1;

  // ---- words ------------------------------------------------------------------------------------------------------

  bool expect(const Tree &T, decltype(Tree::Kind) Kind, llvm::StringRef Key) {
    if (T.Kind == Kind)
      return true;
    fail(T.Line, ("'" + Key + "' must be a " +
                  (Kind == Tree::Scalar     ? "word"
                   : Kind == Tree::Sequence ? "list"
                                            : "mapping ('key: value')"))
                     .str());
    return false;
  }

  std::string word(const Tree &T, llvm::StringRef Key) { return expect(T, Tree::Scalar, Key) ? T.Text : std::string(); }

  std::vector<std::string> words(const Tree &T, llvm::StringRef Key) {
    if (T.Kind != Tree::Sequence)
      return {word(T, Key)};
    std::vector<std::string> All;
    for (const Tree &Item : T.Items)
      All.push_back(word(Item, Key));
    return All;
  }

  int number(const Tree &T, llvm::StringRef Key) {
    int N = -1;
    if (!expect(T, Tree::Scalar, Key))
      return N;
    if (llvm::StringRef(T.Text).getAsInteger(10, N) || N < 0)
      fail(T.Line, ("'" + Key + "' must be a number, not '" + T.Text + "'").str());
    return N;
  }

  bool boolean(const Tree &T, llvm::StringRef Key) {
    if (T.Kind == Tree::Scalar && (T.Text == "true" || T.Text == "false"))
      return T.Text == "true";
    fail(T.Line, ("'" + Key + "' must be true or false").str());
    return false;
  }

  void unknown(const Tree &T, std::string_view What, std::string_view Word,
               const std::vector<std::string_view> &Known) {
    fail(T.Line, unknownWord(What, Word, Known));
  }

  Role role(const Tree &T, llvm::StringRef Key) {
    std::string W = word(T, Key);
    if (std::optional<Role> R = roleFromSpelling(W))
      return *R;
    unknown(T, "role", W, roleSpellings());
    return Role::None;
  }

  Facts facts(const Tree &T) {
    Facts F;
    for (const std::string &W : words(T, "facts"))
      if (std::optional<Fact> One = factFromSpelling(W))
        F.add(*One);
      else
        unknown(T, "fact", W, factSpellings());
    return F;
  }

  std::vector<std::string> names(const Tree &T) {
    std::vector<std::string> All = words(T, "name");
    for (const std::string &N : All)
      if (!isUsableName(N))
        fail(T.Line, "bad name '" + N + "': a '*' may stand at either end only, and beside something");
    return All;
  }

  // ---- records ----------------------------------------------------------------------------------------------------

  enum class Place { Member, Constructor, Destructor, Function };

  /// Reads one key of an action; false if the key is no action's.
  bool readActionKey(llvm::StringRef Key, const Tree &V, Action &A, bool &HasOp, bool &HasOn, bool &HasRuns) {
    if (Key == "op") {
      std::string W = word(V, Key);
      if (std::optional<Op> O = opFromSpelling(W))
        A.Operation = *O;
      else
        unknown(V, "operation", W, operationSpellings());
      HasOp = true;
    } else if (Key == "on") {
      std::string W = word(V, Key);
      if (std::optional<Operand> O = operandFromSpelling(W))
        A.On = *O;
      else
        unknown(V, "operand", W, {"this", "result", "param N", "all params"});
      HasOn = true;
    } else if (Key == "facts") {
      A.With = facts(V);
    } else if (Key == "callable") {
      A.Callable = number(V, Key);
    } else if (Key == "runs") {
      std::string W = word(V, Key);
      if (W == "now")
        A.When = Runs::Now;
      else if (W == "later")
        A.When = Runs::Later;
      else if (W == "concurrently")
        A.When = Runs::Concurrently;
      else
        unknown(V, "value of 'runs'", W, {"now", "later", "concurrently"});
      HasRuns = true;
    } else if (Key == "times") {
      std::string W = word(V, Key);
      if (W != "once" && W != "many")
        unknown(V, "value of 'times'", W, {"once", "many"});
      A.Many = W == "many";
    } else {
      return false;
    }
    return true;
  }

  void finishAction(Action &A, Place P, bool HasOn, bool HasRuns) {
    if (!HasOn)
      A.On = naturalOperand(A.Operation, P != Place::Function, P == Place::Constructor);
    else if (P == Place::Constructor && A.On.K == Operand::This)
      A.On.K = Operand::Result;
    if (!HasRuns)
      A.When = naturalRuns(A.Operation);
  }

  Action readAction(const Tree &T, Place P) {
    Action A{};
    if (!expect(T, Tree::Mapping, "operation"))
      return A;
    bool HasOp = false, HasOn = false, HasRuns = false;
    for (const auto &[Key, V] : T.Fields)
      if (!readActionKey(Key, V, A, HasOp, HasOn, HasRuns))
        unknown(V, "key of an operation", Key, {"op", "on", "facts", "callable", "runs", "times"});
    if (!HasOp)
      fail(T.Line, "an operation needs 'op'");
    finishAction(A, P, HasOn, HasRuns);
    return A;
  }

  FunctionModel readFunction(const Tree &T, Place P) {
    FunctionModel F;
    if (!expect(T, Tree::Mapping, P == Place::Constructor ? "constructors" : "members"))
      return F;
    Action A{};
    bool HasOp = false, HasOn = false, HasRuns = false, HasDoes = false, HasActionKey = false, HasFacts = false;
    for (const auto &[Key, V] : T.Fields) {
      if (Key == "name" && P != Place::Constructor)
        F.Names = names(V);
      else if (Key == "min-args")
        F.MinArgs = number(V, Key);
      else if (Key == "max-args")
        F.MaxArgs = number(V, Key);
      else if (Key == "args")
        F.MinArgs = F.MaxArgs = number(V, Key);
      else if (Key == "result")
        F.ResultRole = role(V, Key);
      else if (Key == "wraps")
        F.Wraps = number(V, Key);
      else if (Key == "facts") {
        F.With.add(facts(V));
        HasFacts = true;
      } else if (Key == "throws") {
        F.Throws = names(V);
        F.With.add(Fact::Throws);
        HasFacts = true;
      } else if (Key == "optional")
        F.Optional = boolean(V, Key);
      else if (Key == "does") {
        HasDoes = true;
        if (expect(V, Tree::Sequence, Key))
          for (const Tree &Item : V.Items)
            F.Actions.push_back(readAction(Item, P));
      } else if (readActionKey(Key, V, A, HasOp, HasOn, HasRuns))
        HasActionKey = true;
      else
        unknown(V, P == Place::Constructor ? "key of a constructor" : "key of a function", Key,
                {"name", "op", "on", "facts", "callable", "runs", "times", "does", "args", "min-args", "max-args",
                 "result", "wraps", "throws", "optional"});
    }
    if (P != Place::Constructor && F.Names.empty())
      fail(T.Line, "a function needs 'name'");
    if (HasActionKey && !HasOp)
      fail(T.Line, "an operation needs 'op'");
    if (HasActionKey && HasDoes)
      fail(T.Line, "give the operation itself or 'does', not both");
    if (!HasActionKey && !HasDoes && !HasFacts && F.Wraps < 0 && F.ResultRole == Role::None)
      fail(T.Line, "nothing is said of the function: give 'op', 'does' ('does: []': it does nothing), 'facts', "
                   "'wraps' or 'result'");
    if (HasOp) {
      finishAction(A, P, HasOn, HasRuns);
      F.Actions.push_back(A);
    }
    for (Action &Each : F.Actions)
      Each.With.add(F.With);
    return F;
  }

  std::vector<FunctionModel> readFunctions(const Tree &T, llvm::StringRef Key, Place P) {
    std::vector<FunctionModel> All;
    if (expect(T, Tree::Sequence, Key))
      for (const Tree &Item : T.Items)
        All.push_back(readFunction(Item, P));
    return All;
  }

  /// The members of \p Like that \p Own does not name itself.
  static void inheritMembers(std::vector<FunctionModel> &Own, const std::vector<FunctionModel> &Like) {
    llvm::StringMap<char> Named;
    for (const FunctionModel &F : Own)
      for (const std::string &N : F.Names)
        Named.try_emplace(N);
    for (FunctionModel F : Like) {
      std::erase_if(F.Names, [&](const std::string &N) { return Named.contains(N); });
      if (!F.Names.empty())
        Own.push_back(std::move(F));
    }
  }

  void readType(const Tree &T, LibraryModel &Model) {
    TypeModel Type;
    if (!expect(T, Tree::Mapping, "types"))
      return;
    const TypeModel *Like = nullptr;
    bool HasRole = false, HasFacts = false, HasConstructors = false, HasDestructor = false;
    for (const auto &[Key, V] : T.Fields) {
      if (Key == "name") {
        Type.Names = names(V);
      } else if (Key == "role") {
        if (V.Kind != Tree::Scalar || V.Text != "none")
          Type.Plays = role(V, Key);
        HasRole = true;
      } else if (Key == "facts") {
        Type.With = facts(V);
        HasFacts = true;
      } else if (Key == "like") {
        std::string W = word(V, Key);
        for (const TypeModel &Earlier : Model.Types)
          if (llvm::is_contained(Earlier.Names, W))
            Like = &Earlier;
        if (!Like)
          fail(V.Line, "'like: " + W + "': no type of that name stands earlier in this file");
      } else if (Key == "members") {
        Type.Members = readFunctions(V, Key, Place::Member);
      } else if (Key == "constructors") {
        Type.Constructors = readFunctions(V, Key, Place::Constructor);
        HasConstructors = true;
      } else if (Key == "destructor") {
        if (V.Kind == Tree::Mapping)
          Type.Destructor.push_back(readAction(V, Place::Destructor));
        else if (expect(V, Tree::Sequence, Key))
          for (const Tree &Item : V.Items)
            Type.Destructor.push_back(readAction(Item, Place::Destructor));
        HasDestructor = true;
      } else if (Key == "optional") {
        Type.Optional = boolean(V, Key);
      } else {
        unknown(V, "key of a type", Key,
                {"name", "role", "facts", "like", "members", "constructors", "destructor", "optional"});
      }
    }
    if (Type.Names.empty())
      fail(T.Line, "a type needs 'name'");
    for (const std::string &N : Type.Names)
      for (const TypeModel &Earlier : Model.Types)
        if (llvm::is_contained(Earlier.Names, N))
          fail(T.Line, "type '" + N + "' is described twice");
    if (Like) {
      if (!HasRole)
        Type.Plays = Like->Plays;
      if (!HasFacts)
        Type.With = Like->With;
      if (!HasConstructors)
        Type.Constructors = Like->Constructors;
      if (!HasDestructor)
        Type.Destructor = Like->Destructor;
      inheritMembers(Type.Members, Like->Members);
    }
    Model.Types.push_back(std::move(Type));
  }

  void readLibrary(const Tree &T, LibraryModel &Model) {
    if (T.Kind != Tree::Mapping)
      return fail(T.Line,
                  "a model is a mapping with the keys library, language, headers, types, functions, same-namespace");
    bool IsC = false;
    for (const auto &[Key, V] : T.Fields) {
      if (Key == "library") {
        Model.Library = word(V, Key);
      } else if (Key == "language") {
        std::string W = word(V, Key);
        if (W != "c" && W != "c++")
          unknown(V, "language", W, {"c", "c++"});
        IsC = W == "c";
      } else if (Key == "headers") {
        Model.Headers = words(V, Key);
      } else if (Key == "types") {
        if (expect(V, Tree::Sequence, Key))
          for (const Tree &Item : V.Items)
            readType(Item, Model);
      } else if (Key == "functions") {
        Model.Functions = readFunctions(V, Key, Place::Function);
      } else if (Key == "same-namespace") {
        if (expect(V, Tree::Mapping, Key))
          for (const auto &[Public, Inner] : V.Fields)
            for (const std::string &One : words(Inner, Key))
              Model.SameNamespaces.emplace_back(One, Public);
      } else {
        unknown(V, "key of a model", Key, {"library", "language", "headers", "types", "functions", "same-namespace"});
      }
    }
    if (IsC)
      for (FunctionModel &F : Model.Functions)
        F.ExternC = true;
    if (Model.Library.empty())
      fail(T.Line, "a model needs 'library'");
  }
};

} // namespace

llvm::Expected<LibraryModel> parseModel(llvm::StringRef Text, llvm::StringRef FileName) {
  return Reader(Text, FileName).read();
}

} // namespace heddle
