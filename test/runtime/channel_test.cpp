#include "testing.h"

#include <atomic>
#include <memory>
#include <numeric>

namespace heddle {
namespace {

TEST(Channel, KeepsTheOrder) {
  auto [tx, rx] = channel<int>(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(tx.send(root, i));
  EXPECT_TRUE(tx.try_send(3).error() == errc::full);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rx.receive(root).value(), i);
  EXPECT_TRUE(rx.try_receive().error() == errc::empty);
}

TEST(Channel, WrapsAround) {
  auto [tx, rx] = channel<std::string>(3);
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(tx.send(root, std::to_string(i)));
    EXPECT_TRUE(tx.send(root, "x"));
    EXPECT_EQ(rx.receive(root).value(), std::to_string(i));
    EXPECT_EQ(rx.receive(root).value(), "x");
  }
}

TEST(Channel, EndsWithItsLastSender) {
  auto [tx, rx] = channel<int>(4);
  sender<int> second = tx;
  EXPECT_TRUE(tx.send(root, 1));
  { sender<int> gone = std::move(tx); }
  EXPECT_TRUE(second.send(root, 2));
  { sender<int> gone = std::move(second); }
  EXPECT_EQ(rx.receive(root).value(), 1); // what is buffered comes first
  EXPECT_EQ(rx.receive(root).value(), 2);
  EXPECT_TRUE(rx.receive(root).error() == errc::closed);
  EXPECT_TRUE(rx.try_receive().error() == errc::closed);
}

TEST(Channel, TellsSendersThatNobodyListens) {
  auto [tx, rx] = channel<std::string>(1);
  EXPECT_TRUE(tx.send(root, "lost"));
  std::string v = "kept";
  {
    threads t;
    t.add([rx = std::move(rx)]() mutable { receiver<std::string> gone = std::move(rx); });
    EXPECT_TRUE(tx.send(root, std::move(v)).error() == errc::closed); // waits first, if the other is late
  }
  EXPECT_EQ(v, "kept"); // NOLINT(bugprone-use-after-move): an item that was not sent is not moved from
  EXPECT_TRUE(tx.try_send(std::move(v)).error() == errc::closed);
  EXPECT_EQ(v, "kept"); // NOLINT(bugprone-use-after-move)
}

TEST(Channel, GivesUpWithItsContextAndHasNoEffect) {
  auto [tx, rx] = channel<std::string>(1);
  EXPECT_TRUE(tx.send(root, "a"));
  cancel_scope s = with_timeout(root, 1ms);
  std::string v = "kept";
  EXPECT_TRUE(tx.send(s, std::move(v)).error() == errc::deadline_exceeded);
  EXPECT_EQ(v, "kept"); // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(rx.receive(s).value(), "a"); // ready beats cancelled
  EXPECT_TRUE(rx.receive(s).error() == errc::deadline_exceeded);
  EXPECT_TRUE(tx.send(s, std::move(v)));
}

TEST(Channel, RendezvousMeets) {
  auto [tx, rx] = channel<std::unique_ptr<int>>(0);
  EXPECT_TRUE(tx.try_send(std::make_unique<int>(0)).error() == errc::full);
  std::thread t([tx = std::move(tx)] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(tx.send(root, std::make_unique<int>(i)));
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(**rx.receive(root), i);
  EXPECT_TRUE(rx.receive(root).error() == errc::closed);
  t.join();
}

TEST(Channel, IsARange) {
  auto [tx, rx] = channel<int>(2);
  std::thread t([tx = std::move(tx)] {
    for (int i = 1; i <= 10; ++i) (void)tx.send(root, i);
  });
  int sum = 0;
  for (int& v : rx.each(root)) sum += v;
  EXPECT_EQ(sum, 55);
  t.join();
  cancel_scope s = with_cancel(root);
  s.cancel();
  auto [tx2, rx2] = channel<int>(2);
  EXPECT_TRUE(tx2.send(root, 1));
  sum = 0;
  for (int v : rx2.each(s)) sum += v;
  EXPECT_EQ(sum, 1);
}

TEST(Channel, ReceivesSome) {
  auto [tx, rx] = channel<int>(8);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(tx.send(root, i));
  std::vector<int> got;
  EXPECT_EQ(rx.receive_some(root, got, 5).value(), 5U);
  EXPECT_EQ(rx.receive_some(root, got, 5).value(), 3U);
  EXPECT_EQ(rx.receive_some(root, got, 0).value(), 0U);
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
  { sender<int> gone = std::move(tx); }
  EXPECT_TRUE(rx.receive_some(root, got, 5).error() == errc::closed);
}

TEST(Channel, DestroysItsItems) {
  {
    auto [tx, rx] = channel<counted>(8);
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(tx.send(root, counted(i)));
    EXPECT_EQ(counted::alive, 8);
    { receiver<counted> gone = std::move(rx); }
    EXPECT_EQ(counted::alive, 0); // with the last receiver
  }
  {
    auto [tx, rx] = channel<counted>(8);
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(tx.send(root, counted(i)));
    { sender<counted> gone = std::move(tx); }
    EXPECT_EQ(rx.receive(root)->value, 0);
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(Channel, OfOveralignedItems) {
  struct alignas(64) wide {
    char c;
  };
  auto [tx, rx] = channel<wide>(2);
  EXPECT_TRUE(tx.send(root, wide{'a'}));
  EXPECT_TRUE(tx.send(root, wide{'b'}));
  EXPECT_EQ(rx.receive(root)->c, 'a');
}

// No item is lost or seen twice, whoever is cancelled.
TEST(Channel, StressManyToManyWithCancels) {
  for (std::size_t capacity : {std::size_t{0}, std::size_t{1}, std::size_t{16}}) {
    auto [tx, rx] = channel<int>(capacity);
    std::atomic<long> sent{0}, received{0};
    std::atomic<int> sent_count{0}, received_count{0};
    const int n = rounds(3000);
    threads t;
    for (int i = 0; i < 3; ++i)
      t.add([&sent, &sent_count, tx = tx, i, n] {
        unsigned seed = static_cast<unsigned>(i);
        for (int k = 1; k <= n; ++k) {
          cancel_scope s = with_timeout(root, std::chrono::microseconds((seed >> 24) + 1));
          jitter(seed);
          const context& ctx = k % 4 ? root : s.get();
          if (tx.send(ctx, k)) {
            sent += k;
            ++sent_count;
          }
        }
      });
    for (int i = 0; i < 3; ++i)
      t.add([&received, &received_count, rx = rx, i] {
        unsigned seed = 100U + static_cast<unsigned>(i);
        for (int k = 0;; ++k) {
          cancel_scope s = with_timeout(root, std::chrono::microseconds((seed >> 24) + 1));
          jitter(seed);
          auto r = rx.receive(k % 4 ? root : s.get());
          if (r) {
            received += *r;
            ++received_count;
          } else if (r.error() == errc::closed) {
            return;
          }
        }
      });
    { sender<int> mine = std::move(tx); }
    t.join();
    EXPECT_EQ(sent, received);
    EXPECT_EQ(sent_count, received_count);
  }
}

TEST(Channel, StressDestructionOfEitherEnd) {
  unsigned seed = 2;
  for (int r = rounds(1500); r > 0; --r) {
    auto [tx, rx] = channel<counted>(static_cast<std::size_t>(r % 3));
    threads t;
    t.add([tx = std::move(tx), s = seed, r]() mutable {
      for (int i = 0; i < r % 4; ++i) {
        jitter(s);
        if (!tx.send(root, counted(i))) return;
      }
    });
    t.add([rx = std::move(rx), s = seed * 7, r]() mutable {
      for (int i = 0; i < r % 5; ++i) {
        jitter(s);
        if (!rx.receive(root)) return;
      }
    });
    jitter(seed);
    t.join();
    ASSERT_EQ(counted::alive, 0);
  }
}

TEST(Select, TakesWhatIsReady) {
  auto [tx, rx] = channel<int>(1);
  auto [tx2, rx2] = channel<int>(1);
  EXPECT_TRUE(tx2.send(root, 5));
  int got = 0;
  EXPECT_EQ(select(root, on(rx.op(), [&](result<int>) { got = -1; }), on(rx2.op(), [&](result<int> v) { got = *v; })), 1U);
  EXPECT_EQ(got, 5);
  EXPECT_EQ(try_select(on(rx.op(), [&](result<int>) {})), npos);
  int item = 9;
  EXPECT_EQ(try_select(on(tx.op(std::move(item)), [&](result<void> sent) { EXPECT_TRUE(sent); })), 0U);
  EXPECT_EQ(rx.receive(root).value(), 9);
}

TEST(Select, GivesUpWithItsContext) {
  auto [tx, rx] = channel<std::string>(0);
  cancel_scope s = with_timeout(root, 1ms);
  std::string v = "kept";
  EXPECT_EQ(select(s, on(rx.op(), [](result<std::string>) { FAIL(); }),
                   on(tx.op(std::move(v)), [](result<void>) { FAIL(); })),
            npos); // and did not meet itself
  EXPECT_EQ(v, "kept"); // NOLINT(bugprone-use-after-move)
}

TEST(Select, AClosedChannelIsReady) {
  auto [tx, rx] = channel<int>(0);
  { sender<int> gone = std::move(tx); }
  bool closed = false;
  EXPECT_EQ(select(root, on(rx.op(), [&](result<int> r) { closed = r.error() == errc::closed; })), 0U);
  EXPECT_TRUE(closed);
}

TEST(Select, WaitsForFuturesTimersAndContexts) {
  auto [p, f] = make_promise<int>();
  timer t;
  ticker tick(1ms);
  cancel_scope other = with_cancel(root);
  int calls[4] = {};
  auto once = [&] {
    return select(root, on(f, [&](const result<int>& r) { calls[0] += *r; }), on(t, [&] { ++calls[1]; t.stop(); }),
                  on(tick, [&](std::uint64_t n) { calls[2] += static_cast<int>(n); }),
                  on(other.get(), [&](error e) { calls[3] += e == errc::canceled; }));
  };
  EXPECT_EQ(once(), 2U);
  t.reset(0ns);
  while (calls[1] == 0) once();
  other.cancel();
  while (calls[3] == 0) once();
  EXPECT_TRUE(p.set_value(7));
  while (calls[0] == 0) once();
  EXPECT_EQ(calls[0], 7);
  EXPECT_EQ(calls[1], 1);
}

TEST(Select, UnderRootWithAContextThatNeverEnds) {
  auto [tx, rx] = channel<int>(1);
  EXPECT_TRUE(tx.send(root, 1));
  EXPECT_EQ(select(root, on(root, [](error) { FAIL(); }), on(rx.op(), [](result<int>) {})), 1U);
}

TEST(Select, IsFair) {
  auto [tx, rx] = channel<int>(1);
  auto [tx2, rx2] = channel<int>(1);
  int n[2] = {};
  for (int i = 0; i < 2000; ++i) {
    (void)tx.try_send(1);
    (void)tx2.try_send(1);
    ++n[select(root, on(rx.op(), [](result<int>) {}), on(rx2.op(), [](result<int>) {}))];
  }
  EXPECT_GT(n[0], 700);
  EXPECT_GT(n[1], 700);
}

TEST(Select, OfManyChannels) {
  std::vector<sender<int>> tx;
  std::vector<receiver<int>> rx;
  for (int i = 0; i < 30; ++i) {
    auto c = channel<int>(1);
    tx.push_back(c.send);
    rx.push_back(c.recv);
  }
  std::thread t([&] {
    for (std::size_t i = 0; i < 30; ++i) EXPECT_TRUE(tx[i].send(root, static_cast<int>(i)));
  });
  int sum = 0;
  for (int i = 0; i < 30; ++i) {
    auto [index, item] = select_any<int>(root, rx);
    EXPECT_EQ(static_cast<int>(index), *item);
    sum += *item;
  }
  t.join();
  EXPECT_EQ(sum, 29 * 30 / 2);
  EXPECT_TRUE(select_any<int>(root, {}).item.error() == errc::nothing_to_wait_for);
}

// Selects that both send and receive on rendezvous channels meet each other; nothing is lost.
TEST(Select, StressMeetings) {
  auto [tx, rx] = channel<int>(0);
  auto [tx2, rx2] = channel<int>(0);
  std::atomic<long> sent{0}, received{0};
  const int n = rounds(3000);
  auto body = [&](int id) {
    unsigned seed = static_cast<unsigned>(id);
    for (int k = 1; k <= n; ++k) {
      cancel_scope s = with_timeout(root, std::chrono::microseconds(200 + (seed >> 23)));
      jitter(seed);
      int a = k, b = k;
      select(
          s, on(tx.op(std::move(a)), [&](result<void>) { sent += k; }),
          on(rx.op(), [&](result<int> r) { received += *r; }),
          on(tx2.op(std::move(b)), [&](result<void>) { sent += k; }),
          on(rx2.op(), [&](result<int> r) { received += *r; }));
    }
  };
  {
    threads t;
    for (int i = 0; i < 4; ++i) t.add([&body, i] { body(i); });
  }
  EXPECT_EQ(sent, received);
  EXPECT_GT(sent, 0);
}

} // namespace
} // namespace heddle
