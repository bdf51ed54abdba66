// RUN: %verify %s heddle-once-captures-argument -- -std=c++20
// Known misses: the limits that the page names.

struct Limit {
  explicit Limit(int n) : n(n) {}
  int n;
};

// Callers of other files pass other numbers.
Limit &FN_callers_of_other_files(int n) {
  static Limit limit(n);
  return limit;
}
Limit &first() { return FN_callers_of_other_files(8); }
Limit &second() { return FN_callers_of_other_files(8); }
