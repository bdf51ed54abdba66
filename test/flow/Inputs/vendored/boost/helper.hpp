#pragma once
namespace boost {
inline void helper() {}
} // namespace boost
