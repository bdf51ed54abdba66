// The vocabulary: operations on objects that play roles. Checks name nothing else - no library, no class.
// Includes no Clang header, so that a check made of data alone compiles at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace heddle {

/// What happens. The list with its meanings is Operations.def.
enum class Op : std::uint8_t {
#define OPERATION(Id, Spelling, Traits, Meaning) Id,
#include "Operations.def"
};

/// The part an object plays. The list with its meanings is Roles.def.
enum class Role : std::uint8_t {
  None,
#define ROLE(Id, Spelling, Noun, Meaning) Id,
#include "Roles.def"
};

/// What is true of an operation by its nature, whatever performs it.
enum class OpTraits : std::uint8_t { None = 0, Blocks = 1, StartsTask = 2, Registers = 4 };

/// The traits of \p O as Operations.def states them.
OpTraits traits(Op O);
inline bool has(Op O, OpTraits T) { return (static_cast<int>(traits(O)) & static_cast<int>(T)) != 0; }

/// Returns true for locks of any mode.
constexpr bool isLock(Role R) { return R == Role::Mutex || R == Role::RecursiveMutex || R == Role::SharedMutex; }
/// Returns true for handles of one task, through which the task is waited for.
constexpr bool isTaskHandle(Role R) { return R == Role::Thread || R == Role::JoiningThread || R == Role::Future; }
/// Returns true for guards, which hold a lock for a scope.
constexpr bool isGuard(Role R) { return R == Role::Guard || R == Role::SharedGuard; }

/// The spelling used in models and annotations ("spawn").
std::string_view spelling(Op O);
std::string_view spelling(Role R);
/// The noun that messages use for an object of this role ("promise").
std::string_view noun(Role R);

/// The operation or role with this spelling; none when there is no such. Engine-made operations cannot be named.
std::optional<Op> opFromSpelling(std::string_view S);
std::optional<Role> roleFromSpelling(std::string_view S);

} // namespace heddle
