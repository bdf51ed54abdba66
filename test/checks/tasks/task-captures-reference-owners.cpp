// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// The address of an object whose owner, a smart pointer, does not end with the scope.
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

struct Film {
  bool run = true;
  std::thread thread;
};
void play(Film *);
void keep(std::unique_ptr<Film>);

std::shared_ptr<Film> ok_returned() {
  std::shared_ptr<Film> film(new Film);
  film->thread = std::thread(play, film.get());
  return film;
}
std::unique_ptr<Film> ok_returned_or_not(bool opened) {
  auto film = std::make_unique<Film>();
  if (!opened)
    return nullptr;
  film->thread = std::thread(&play, film.get());
  return film;
}
void ok_moved() {
  auto film = std::make_unique<Film>();
  film->thread = std::thread(play, film.get());
  keep(std::move(film));
}
void bad_ends_here() {
  auto film = std::make_shared<Film>();
  std::thread(play, film.get()).detach(); // warning: local 'film' is passed by reference to a task that may outlive it
}
std::shared_ptr<Film> bad_the_pointer_itself() { // which is returned by value
  std::shared_ptr<Film> film(new Film);
  std::thread([&film] { play(film.get()); }).detach(); // warning: local 'film' is passed by reference to a task that may outlive it
  return film;
}

// The table shares the object that the pointer leads to.
struct Entry {
  std::thread thread;
  void run();
};
void ok_shared_with_a_table(std::vector<std::shared_ptr<Entry>> &table) {
  auto entry = std::make_shared<Entry>();
  table.push_back(entry);
  entry->thread = std::thread([entry = entry.get()] { entry->run(); });
}
