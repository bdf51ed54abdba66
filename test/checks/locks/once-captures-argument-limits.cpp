// RUN: %verify %s heddle-once-captures-argument -- -std=c++20
// Known misses: the limits that the page names.

struct Limit {
  explicit Limit(int n) : n(n) {}
  int n;
};
void use(const Limit &);

class FN_InAConstructor {
public:
  explicit FN_InAConstructor(int n) {
    static Limit limit(n);
    use(limit);
  }
};
