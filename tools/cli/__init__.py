"""The heddle command: lints a code base with clang-tidy and the heddle module, and shows what was found."""
