// In which order a body may run: paths of the graph, not positions in the source.
// RUN: %verify --word order %s heddle-dev-order -- -std=c++20
void mark_a();
void mark_b();
void mark_c();
bool ask();
void mayThrow();
[[noreturn]] void die();

void branches() {
  mark_a(); // order: reaches b c; dominates b c; then c; on every path
  if (ask())
    mark_b(); // order: reaches c; dominates; then c
  mark_c();   // order: reaches; dominates; then; on every path
}

void leaves() {
  mark_a(); // order: reaches b c; dominates b c; then; on every path
  if (ask()) {
    mark_b(); // order: reaches; dominates; then
    return;
  }
  mark_c(); // order: reaches; dominates; then
}

void dies() {
  mark_a(); // order: reaches b c; dominates b c; then c; on every path
  if (ask()) {
    mark_b(); // order: reaches; dominates; then a c
    die();
  }
  mark_c(); // order: reaches; dominates; then; on every path
}

void turns() {
  mark_a(); // order: reaches b c; dominates b c; then; on every path
  while (ask()) {
    mark_b(); // order: reaches b c; dominates c; then; in every iteration
    if (ask())
      continue;
    if (ask())
      break;
    mark_c(); // order: reaches b c; dominates; then; in some iterations
  }
}

void backwards() {
again:
  mark_b(); // order: reaches b a; dominates a; then; on every path
  if (ask()) {
    mark_a(); // order: reaches b a; dominates; then b
    goto again;
  }
}

// An exception is no normal path, and its handler is reached by nothing else.
void handlers() {
  try {
    mark_a(); // order: reaches b; dominates b; then b; on every path
    mayThrow();
  } catch (...) {
    mark_c(); // order: reaches b; dominates; then b
  }
  mark_b(); // order: reaches; dominates; then; on every path
}

// What stands inside of an expression, and the branches of one.
int take(int, int);
int mark_d();
void operands(bool b) {
  take(mark_d(), 1); // order: reaches a b; dominates a b; then; on every path
  b ? mark_a()       // order: reaches; dominates; then
    : mark_b();      // order: reaches; dominates; then
}

// The body of a loop that is one expression with temporaries.
struct Text {
  ~Text();
};
Text mark_e();
void print(const Text &);
void oneExpression(int n) {
  for (int i = 0; i < n; ++i)
    print(mark_e()); // order: reaches e; dominates; then; in every iteration
}
