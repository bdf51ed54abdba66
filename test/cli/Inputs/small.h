// As much of the standard library as these tests need, so that a unit takes a tenth of a second.
#pragma once
namespace std {
template <class T> struct promise {
  void set_value(T);
};
struct stop_token {};
template <class F> struct stop_callback {
  stop_callback(stop_token, F) {}
  ~stop_callback() {}
};
template <class F> stop_callback(stop_token, F) -> stop_callback<F>;
} // namespace std
void work();
