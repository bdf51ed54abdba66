// REQUIRES: boost
// RUN: %verify %s heddle-future-read-twice -- -std=c++20
#define BOOST_THREAD_VERSION 4
#include <boost/fiber/all.hpp>
#include <boost/thread/future.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using Orders = std::vector<std::string>;
Orders query(const std::string &user);
void use(const Orders &);
int work(int);

int bad_boost(boost::future<int> f) {
  int a = f.get();
  return a + f.get(); // warning: future 'f' is read a second time
}
void bad_continued(boost::future<int> f) {
  auto g = f.then([](boost::future<int> x) { return work(x.get()); }); // note: a continuation consumes 'f' here
  work(f.get()); // warning: future 'f' is read a second time
}
void ok_continued(boost::future<int> f) {
  auto g = f.then([](boost::future<int> x) { return work(x.get()); });
  work(g.get());
}
int ok_shared(boost::shared_future<int> f) {
  auto g = f.then([](boost::shared_future<int> x) { return work(x.get()); });
  return f.get() + f.get() + g.get();
}
int bad_fiber(boost::fibers::future<int> f) {
  int a = f.get();
  return a + f.get(); // warning: future 'f' is read a second time
}
void bad_fiber_promise(boost::fibers::promise<int> p) {
  auto a = p.get_future();
  auto b = p.get_future(); // warning: the future of 'p' is retrieved a second time on this path
}

// ---- F3: a channel as a future ----------------------------------------------------------------------------------------------
using OrdersChannel = boost::fibers::buffered_channel<Orders>;
std::shared_ptr<OrdersChannel> fetchOrders(std::string user) {
  auto out = std::make_shared<OrdersChannel>(2);
  boost::fibers::fiber([out, user = std::move(user)] {
    out->push(query(user));
    out->close();
  }).detach();
  return out;
}
void bad_F3_channel() {
  auto ch = fetchOrders("alice");
  Orders orders, more;
  if (ch->pop(orders) != boost::fibers::channel_op_status::success)
    return;
  use(orders);
  ch->pop(more); // warning: 'ch' is received from a second time, but its task sends one item and closes it
  use(more);
}
void ok_F3_tested() {
  auto ch = fetchOrders("alice");
  Orders orders;
  while (ch->pop(orders) == boost::fibers::channel_op_status::success)
    use(orders);
}
void ok_F3_once() {
  auto ch = fetchOrders("alice");
  Orders orders;
  if (ch->pop(orders) == boost::fibers::channel_op_status::success)
    use(orders);
  use(orders);
}
void ok_moved_on(boost::fibers::future<int> f, bool away) {
  if (away) {
    auto g = std::move(f);
    work(g.get());
    return;
  }
  work(f.get());
}
