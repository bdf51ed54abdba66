// Views of locals, and parameters by reference, in tasks that outlive them.
// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

void use(std::string_view);
void use_all(std::span<const int>);
void print(const char *);
std::string load();
std::vector<int> numbers();
struct Server {
  virtual ~Server();
  void run() const;
};

// ---- views ----

void bad_string_view() {
  std::string text = load();
  std::string_view view = text;
  std::thread([view] { use(view); }).detach(); // warning: local 'text' is passed by reference to a task that may outlive it
}
void bad_view_argument() {
  std::string text = load();
  std::thread(use, std::string_view(text)).detach(); // warning: local 'text' is passed by reference to a task that may outlive it
}
std::future<void> bad_span() {
  std::vector<int> list = numbers();
  return std::async(std::launch::async, [all = std::span(list)] { use_all(all); }); // warning: local 'list' is passed by reference to a task that may outlive it
}
void bad_c_str() {
  std::string text = load();
  std::thread(print, text.c_str()).detach(); // warning: local 'text' is passed by reference to a task that may outlive it
}
void bad_data() {
  std::vector<int> list = numbers();
  std::thread([p = list.data(), n = list.size()] { use_all({p, n}); }).detach(); // warning: local 'list' is passed by reference to a task that may outlive it
}
void bad_iterator() {
  std::vector<int> list = numbers();
  auto first = list.begin();
  std::thread([first] { use_all({&*first, 1}); }).detach(); // warning: local 'list' is passed by reference to a task that may outlive it
}
struct Slice {
  const std::vector<int> *of;
  int from;
};
void bad_struct_with_a_pointer() {
  std::vector<int> list = numbers();
  Slice slice{&list, 1};
  std::thread([slice] { use_all(*slice.of); }).detach(); // warning: local 'list' is passed by reference to a task that may outlive it
}

void ok_joined_view() {
  std::string text = load();
  std::jthread t([view = std::string_view(text)] { use(view); });
}
void ok_literal() {
  std::string_view view = "for ever";
  std::thread([view] { use(view); }).detach();
}
void ok_static() {
  static std::string text = load();
  std::thread([view = std::string_view(text)] { use(view); }).detach();
}
void ok_copy_of_what_is_seen() {
  std::string text = load();
  std::string_view view = text;
  std::thread([copy = std::string(view)] { use(copy); }).detach();
}
void ok_owned_elsewhere(std::shared_ptr<std::string> text) {
  std::thread([text, view = std::string_view(*text)] { use(view); }).detach();
}
void ok_view_of_the_callers(std::string_view view) {
  std::thread([view] { use(view); }).detach();
}
void ok_set_again() {
  static std::string forever = load();
  std::string text = load();
  std::string_view view = text;
  view = forever;
  std::thread([view] { use(view); }).detach();
}

// ---- parameters by reference ----

void bad_const_reference(const std::string &text) {
  std::thread([&text] { use(text); }).detach(); // warning: parameter 'text' is passed by reference to a detached task that may outlive the caller's object
}
void bad_detached_later(const std::vector<int> &list) {
  std::thread t([&] { use_all(list); }); // warning: parameter 'list' is passed by reference to a detached task that may outlive the caller's object
  t.detach();
}
void bad_reference_argument(const std::string &text) {
  std::thread([](const std::string &s) { use(s); }, std::cref(text)).detach(); // warning: parameter 'text' is passed by reference to a detached task that may outlive the caller's object
}
void bad_rvalue(std::string &&text) {
  std::thread([&text] { use(text); }).detach(); // warning: parameter 'text' is passed by reference to a detached task that may outlive the caller's object
}

/// Whoever gives an object that may be changed has one, and may be told to keep it.
void FN_object(std::string &text) {
  std::thread([&text] { text += "!"; }).detach();
}
void ok_copied(const std::string &text) {
  std::thread([text] { use(text); }).detach();
}
void ok_joined(const std::string &text) {
  std::jthread t([&text] { use(text); });
}
void ok_with_an_identity(const Server &server) {
  std::thread([&server] { server.run(); }).detach();
}
void ok_lock(const std::mutex &mutex) {
  std::thread([&mutex] { (void)mutex; }).detach();
}
static std::string name;
static void ok_all_callers_give_globals(const std::string &text) {
  std::thread([&text] { use(text); }).detach();
}
void starts() { ok_all_callers_give_globals(name); }
std::jthread worker;
void ok_handle_is_kept(const std::string &text) {
  worker = std::jthread([&text] { use(text); });
}
