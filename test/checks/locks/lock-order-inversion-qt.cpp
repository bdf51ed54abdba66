// REQUIRES: qt
// RUN: %verify %s heddle-lock-order-inversion -- -std=c++20 %qt_flags
// QMutex, of two members and of two objects.
#include <QMutex>
#include <QMutexLocker>
#include <thread>

class bad_Cache {
public:
  void load() {
    QMutexLocker files(&m_files);
    QMutexLocker index(&m_index); // warning: 'm_index' is locked while 'm_files' is held, and elsewhere 'm_files' while 'm_index' is
  }
  void drop() {
    QMutexLocker index(&m_index);
    forget();
  }

private:
  void forget() { QMutexLocker files(&m_files); }
  QMutex m_files, m_index;
};

struct Track {
  QMutex mutex;
  int seconds = 0;
};
static void bad_swapTracks(Track &a, Track &b) {
  QMutexLocker first(&a.mutex);
  QMutexLocker second(&b.mutex); // warning: 'b.mutex' is locked while 'a.mutex' is held, and two threads do that
  std::swap(a.seconds, b.seconds);
}
void mix() {
  Track a, b;
  std::jthread other([&] { bad_swapTracks(a, b); });
  bad_swapTracks(b, a);
}

class ok_Cache {
public:
  void load() {
    QMutexLocker files(&m_files);
    QMutexLocker index(&m_index);
  }
  void drop() {
    QMutexLocker files(&m_files);
    forget();
  }

private:
  void forget() { QMutexLocker index(&m_index); }
  QMutex m_files, m_index;
};

static void ok_swapTracks(Track &a, Track &b) {
  QMutexLocker first(&a < &b ? &a.mutex : &b.mutex);
  QMutexLocker second(&a < &b ? &b.mutex : &a.mutex);
  std::swap(a.seconds, b.seconds);
}
void ok_mix() {
  Track a, b;
  std::jthread other([&] { ok_swapTracks(a, b); });
  ok_swapTracks(b, a);
}
