// What a task holds of the objects around it, and how.
// RUN: %verify --word holds %s heddle-dev-captures -- -std=c++20
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

void use(int);
void read(const int *);
void text(std::string_view);
void work(int &, int *, std::string);

// ---- lambdas ----
void by_reference(int given, int &reference) {
  int local = given;
  int &alias = local;
  std::jthread a([&local] { use(local); });         // holds: reference local in local
  std::jthread b([&] { use(local + given); });      // holds: reference local in local, reference given in given
  std::jthread c([&alias] { use(alias); });         // holds: reference alias in local
  std::jthread d([&reference] { use(reference); }); // holds: reference reference in the caller's reference
  std::jthread e([&r = local] { use(r); });         // holds: reference r in local
}
void by_copy(int given, int *pointer) {
  int local = given;
  int *there = &local;
  std::jthread a([local] { use(local); });       // holds: copy local
  std::jthread b([there] { read(there); });      // holds: pointer there in local
  std::jthread c([pointer] { read(pointer); });  // holds: pointer pointer in the caller's pointer
  std::jthread d([p = &local] { read(p); });     // holds: reference p in local
  std::jthread e([p = new int(1)] { read(p); }); // holds: owner p
  std::jthread f([] {});                         // holds: nothing
}
struct Named {
  int number = 0;
  void only_what_is_named(int *pointer, std::shared_ptr<int> owner) {
    int local = 0;
    std::jthread a([&local, pointer] { use(1); });      // holds: nothing
    std::jthread b([this] { use(1); });                 // holds: nothing
    std::jthread c([this] { use(number); });            // holds: this
    std::jthread d([this] { [this] { use(number); }(); }); // holds: this
    std::jthread e([owner] { use(1); });                // holds: owner owner
  }
};
struct Parts {
  std::vector<int> numbers;
  std::optional<int> maybe;
};
void parts(std::unique_ptr<int> owned) {
  Parts local;
  std::jthread a([&n = local.numbers] { use(n[0]); });     // holds: reference n in local
  std::jthread b([p = &local.numbers[0]] { read(p); });    // holds: reference p in local
  std::jthread c([p = &*local.maybe] { read(p); });        // holds: reference p in local
  std::jthread d([p = owned.get()] { read(p); });          // holds: pointer p
  std::jthread e([p = std::move(owned)] { read(p.get()); }); // holds: owner p
}
void views() {
  std::string name;
  std::vector<int> list;
  std::string_view view = name;
  std::jthread a([view] { text(view); });                            // holds: view view in name
  std::jthread b([s = std::span<int>(list)] { use(s[0]); });         // holds: view s in list
  std::jthread c([p = name.c_str()] { text(p); });                   // holds: pointer p in name
  std::jthread d([p = list.data()] { read(p); });                    // holds: pointer p in list
  std::jthread e([it = list.begin()] { use(*it); });                 // holds: view it in list
  std::jthread f([s = name] { text(s); });                           // holds: copy s
  std::jthread g([v = std::string_view("literal")] { text(v); });    // holds: view v
}

// ---- owners, tokens and the object itself ----
struct Session : std::enable_shared_from_this<Session> {
  int state = 0;
  void run() {}
  void starts() {
    auto self = shared_from_this();
    std::weak_ptr<Session> weak = self;
    std::jthread a([this] { use(state); });                       // holds: this
    std::jthread b([=, this] { use(state); });                    // holds: this
    std::jthread c([*this] { use(state); });                      // holds: copy of *this
    std::jthread d([this, self] { use(state); });                 // holds: this, owner self of this
    std::jthread e([self = shared_from_this()] { use(self->state); }); // holds: owner self of this
    std::jthread f([weak] { (void)weak; });                       // holds: weak owner weak
    std::jthread g(&Session::run, this);                          // holds: this
    std::jthread h(&Session::run, shared_from_this());            // holds: owner this of this
    std::jthread i(std::bind(&Session::run, this));               // holds: this
  }
};
void tokens(std::stop_token stop) {
  std::jthread a([stop] { (void)stop.stop_requested(); }); // holds: token stop
}

// ---- arguments, bound ones, function objects ----
void arguments(std::string name) {
  int local = 0;
  Session session;
  std::jthread a(work, std::ref(local), &local, name);            // holds: reference local in local, copy name
  std::jthread b(std::bind(work, std::ref(local), nullptr, name)); // holds: reference local in local, copy it, copy name
  std::jthread c(&Session::run, &session);                        // holds: reference session in session
  std::jthread d(&Session::run, std::ref(session));               // holds: reference session in session
}
struct Functor {
  int &count;
  const std::string *name;
  void operator()() const {}
};
void functors() {
  int local = 0;
  std::string name;
  std::jthread a(Functor{local, &name}); // holds: reference local in local, reference name in name
}
struct View {
  const int *data;
};
void aggregates(View given) {
  int local = 0;
  View view{&local};
  std::jthread a([view] { read(view.data); });   // holds: view view in local
  std::jthread b([given] { read(given.data); }); // holds: view given in the caller's given
}

// ---- callables in callables ----
void nested() {
  int local = 0;
  auto inner = [&local] { use(local); };
  std::function<void()> stored = [&local] { use(local); };
  std::jthread a([inner] { inner(); });   // holds: copy inner, reference local in local
  std::jthread b([stored] { stored(); }); // holds: copy stored, reference local in local
}
auto makes(int &count) {
  return [&count] { ++count; };
}
void made() {
  int local = 0;
  std::jthread a(makes(local)); // holds: reference local in local
}

// ---- a callee that starts the task: in the caller's names ----
void starts(int &count, const int *number, int value) {
  std::thread([&count, number, &value] { use(count + *number + value); }).detach(); // holds: reference count in the caller's count, pointer number in the caller's number, reference value in value
}
void calls(int &reference) {
  int local = 0, other = 0;
  starts(local, &other, 1);        // holds: reference local in local, pointer other in other
  starts(reference, nullptr, 1);   // holds: reference reference in the caller's reference, pointer it
}
struct Worker {
  int state = 0;
  void launch() {
    std::thread([this] { use(state); }).detach(); // holds: this
  }
};
void calls_member() {
  Worker worker;
  worker.launch(); // holds: reference worker in worker
}

// ---- loops and structured bindings ----
struct Entry {
  int id = 0;
  std::string name;
};
std::vector<Entry> listed();
void loops(const std::vector<Entry> &given, std::span<Entry> viewed) {
  std::vector<Entry> own = listed();
  Entry plain[3];
  for (const Entry &n : own)
    std::jthread a([&n] { use(n.id); }); // holds: reference n in own
  for (const Entry &n : plain)
    std::jthread a([&n] { use(n.id); }); // holds: reference n in plain
  for (const Entry &n : given)
    std::jthread a([&n] { use(n.id); }); // holds: reference n in the caller's given
  for (const Entry &n : viewed)
    std::jthread a([&n] { use(n.id); }); // holds: reference n
  for (const Entry &n : listed())
    std::jthread a([&n] { use(n.id); }); // holds: reference n
  for (Entry n : given)
    std::jthread a([&n] { use(n.id); }); // holds: reference n in n
  for (auto it = own.begin(); it != own.end(); ++it)
    std::jthread a([it] { use(it->id); }); // holds: view it in own
  auto found = own.begin();
  if (own.empty())
    found = listed().begin();
  std::jthread b([found] { use(found->id); }); // holds: copy found
}
void bindings(std::pair<int, Entry> &given, int &other) {
  std::pair<int, Entry> own;
  for (auto [id, n] : std::vector<std::pair<int, Entry>>())
    std::jthread a([&n] { use(n.id); }); // holds: reference n in [id, n]
  auto [id, name] = Entry();
  const std::string *text = &name;
  std::jthread a([text] { use(text->size()); }); // holds: pointer text in [id, name]
  auto &[first, second] = own;
  std::jthread b([&second] { use(second.id); }); // holds: reference second in own
  auto &[number, named] = given;
  std::jthread c([&named] { use(named.id); }); // holds: reference named in the caller's given
  auto [one, two] = std::pair<int &, int>(other, 1);
  std::jthread d([&one] { use(one); }); // holds: reference one
}
