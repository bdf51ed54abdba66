// Where objects are made, and what they become.
// RUN: %verify --word made %s heddle-dev-creation -- -std=c++20
#include <memory>
#include <vector>

struct Object {
  Object() {}
  explicit Object(int) {}
  void go() {}
};
void take(Object *);
struct Holder {
  Object part;
  std::unique_ptr<Object> owned;
  Holder() : part(1), // made: elsewhere
             owned(std::make_unique<Object>(2)) {} // made: elsewhere
};
std::unique_ptr<Object> factory() {
  return std::make_unique<Object>(1); // made: elsewhere
}
void locals() {
  Object o;                               // made: local
  Object list(3);                         // made: local
  auto p = std::make_unique<Object>(1);   // made: local
  Object(4).go();                         // made: temporary
  take(new Object(5));                    // made: elsewhere
  static Object s(6);                     // made: elsewhere
  Object copy = o;
}
