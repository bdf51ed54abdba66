// REQUIRES: boost
// RUN: %verify %s heddle-wait-before-spawn -- -std=c++20
#define BOOST_THREAD_VERSION 4
#include <boost/bind/bind.hpp>
#include <boost/thread.hpp>
#include <boost/thread/latch.hpp>

#include <string>
#include <vector>

void render(int tile);

class Renderer {
public:
  void bad_group() {
    boost::thread_group crew;
    crew.join_all(); // warning: 'crew' is waited for before any task is added to it
    for (int i = 0; i < tiles_; ++i)
      crew.create_thread(boost::bind(&Renderer::tile, this, i)); // note: the task is added here, after the wait
  }
  void bad_threads_added() {
    boost::thread_group crew;
    crew.join_all(); // warning: 'crew' is waited for before any task is added to it
    crew.add_thread(new boost::thread(&Renderer::tile, this, 0));
  }
  void bad_vector() {
    std::vector<boost::thread> crew;
    for (auto &t : crew)
      t.join(); // warning: 'crew' is waited for before any task is added to it
    for (int i = 0; i < tiles_; ++i)
      crew.emplace_back(&Renderer::tile, this, i);
  }

  void ok_group() {
    boost::thread_group crew;
    for (int i = 0; i < tiles_; ++i)
      crew.create_thread(boost::bind(&Renderer::tile, this, i));
    crew.join_all();
  }
  void ok_waves() {
    boost::thread_group crew;
    for (int wave = 0; wave < 3; ++wave) {
      crew.create_thread([wave] { render(wave); });
      crew.join_all();
    }
  }
  void ok_of_the_caller(boost::thread_group &crew) {
    crew.join_all();
    crew.create_thread([] { render(1); });
  }
  void ok_latch() {
    boost::latch done(1);
    boost::thread worker([&done] {
      render(0);
      done.count_down();
    });
    done.wait();
    worker.join();
  }

private:
  void tile(int i) { render(i); }
  int tiles_ = 4;
};
