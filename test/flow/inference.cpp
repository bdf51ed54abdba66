// Hand-written primitives are known by what their members do; classes that only look like them are not.
// RUN: %verify --header-filter-main-only --word op %s heddle-dev-ops -- -std=c++20
#include "Inputs/primitives.h"

void work();

// ---- channels ----
void channel(Queue<int> &q, int v) {
  q.push(v);  // op: send q
  q.pop(v);   // op: receive q blocking; (escape) v
  q.poll();   // op: try-receive q
  q.empty();  // op: call of empty
  q.close();  // op: close q
}
void bounded_channel(Bounded &q) {
  q.push(1);                                    // op: send q blocking
  q.push_for(1, std::chrono::milliseconds(10)); // op: try-send q
  q.try_push(1);                                // op: try-send q
  q.pop();                                      // op: receive q blocking
}
void channel_with_helpers(Helpers &q) {
  q.send(1);   // op: send q
  q.receive(); // op: receive q blocking
}
void list_under_a_lock(Log &l) {
  l.push(1); // op: call of push
  l.pop();   // op: call of pop
}
void condition_about_something_else(Cache &c) {
  c.insert(1, 2);   // op: call of insert
  c.start();        // op: call of start
  c.wait_started(); // op: call of wait_started
  c.drop(1);        // op: call of drop
}

// ---- counters ----
void wait_group(WaitGroup &g) {
  g.add();  // op: enter g
  g.done(); // op: leave g
  g.wait(); // op: wait g
}
void atomic_wait_group(AtomicGroup &g) {
  g.add();  // op: enter g
  g.done(); // op: leave g
  g.wait(); // op: wait g
}
void permits(Permits &p) {
  p.acquire(); // op: call of acquire
  p.release(); // op: call of release
}

// ---- promises ----
void one_shot(Slot &s) {
  s.set(1);     // op: fulfil s
  s.try_set(1); // op: try-fulfil s
  s.get();      // op: await s blocking
}
void event(Event &e) {
  e.set();   // op: call of set
  e.reset(); // op: call of reset
  e.wait();  // op: call of wait
}
void event_that_stays(Signal &s) {
  s.raise(); // op: leave s
  s.wait();  // op: wait s
  s.wait_for(std::chrono::milliseconds(10)); // op: call of wait_for
}
void event_of_a_worker(Periodic &p) {
  p.stop(); // op: call of stop
  p.run();  // op: call of run
}
void mailbox(Mailbox &b) {
  b.put(1);  // op: call of put
  b.take();  // op: call of take
}

// ---- pools ----
void pool(Pool &p) {
  p.submit(work);    // op: spawn p {work}
  p.submit([] {});   // op: spawn p {lambda}
  p.wait_idle();     // op: wait p
  p.size();          // op: call of size
}
void pool_of_detached_workers(DetachingPool &p) {
  p.add(work);  // op: spawn p {work}
  p.wait_all(); // op: wait p
}
void pool_without_a_condition(HelpingPool &p) {
  p.limit(2);  // op: limit p
  p.run(work); // op: spawn p {work}
  p.finish();  // op: wait p
}
void no_pool(Listeners &l) {
  l.add(work); // op: call of add; defer {work}
  l.fire();    // op: call of fire
}

// ---- locks ----
void lock_wrapper(CLock &l) {
  l.lock();                       // op: acquire l
  l.unlock();                     // op: release l
  if (l.try_lock())               // op: try-acquire l if it succeeds
    l.unlock();                   // op: release l
  std::lock_guard<CLock> g(l);    // op: acquire l
}
void store_with_a_lock(Store &s) {
  s.lock();   // op: call of lock
  s.add(1);   // op: call of add
  s.unlock(); // op: call of unlock
}
void own_guards(std::mutex &m, pthread_mutex_t &c) {
  Holder a(m);                  // op: acquire m
  PointerHolder b(&c);          // op: acquire c
  AnyHolder<std::mutex> d(m);   // op: acquire m
  AnyHolder e(m);               // op: acquire m
}
void releaser(std::mutex &m) {
  m.lock();      // op: acquire m
  Releaser r(m); // op: call of Releaser
}

// ---- classes that hand on ----
void tasks(Tasks &t) {
  t.start(work);  // op: spawn t {work}
  t.join_all();   // op: wait t
}
void messages(Messages &m) {
  m.send(1); // op: send m blocking
  m.next();  // op: receive m blocking
}
void launcher(Launcher &l) {
  l.start(work); // op: call of start; spawn {work}
  l.size();      // op: call of size
}
void duplex(Duplex &d) {
  d.send(1); // op: call of send
  d.next();  // op: call of next
}

// ---- members, pointers, containers of them ----
struct Owner {
  Queue<int> queue;
  std::unique_ptr<WaitGroup> group;
  std::vector<std::unique_ptr<Slot>> slots;
  void use() {
    queue.push(1);      // op: send queue
    group->add();       // op: self group // op: enter group
    slots[0]->set(1);   // op: self slots[] // op: fulfil slots[]
    auto &q = queue;
    q.close();          // op: close queue
  }
};
