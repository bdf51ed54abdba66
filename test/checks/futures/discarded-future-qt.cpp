// REQUIRES: qt
// RUN: %verify %s heddle-discarded-future -- -std=c++20 %qt_flags
#include <QFuture>
#include <QMutex>
#include <QMutexLocker>
#include <QStringList>
#include <QThreadPool>
#include <QtConcurrent/QtConcurrentRun>
#include <atomic>

class Catalogue {
public:
  int bad_F11_read_below() {
    m_titles.clear();
    QtConcurrent::run([this] { m_titles = scan(m_roots); }); // warning: the future of this task is discarded, and 'm_titles', which the task writes, is used below without waiting // note: the task writes 'm_titles' here
    return int(m_titles.size()); // note: 'm_titles' is used here without waiting
  }
  int bad_through_a_member() {
    QtConcurrent::run([this] { reload(); }); // warning: the future of this task is discarded, and 'm_titles', which the task writes, is used below without waiting
    return int(m_titles.size());
  }
  int bad_local() {
    int n = 0;
    QtConcurrent::run([&n, this] { n = int(scan(m_roots).size()); }); // warning: and 'n', which the task writes, is used below
    return n;
  }

  int ok_waited_for() {
    QFuture<void> done = QtConcurrent::run([this] { m_titles = scan(m_roots); });
    done.waitForFinished();
    return int(m_titles.size());
  }
  void ok_fire_and_forget() {
    QtConcurrent::run([this] { reload(); });
  }
  int ok_reads_something_else() {
    QtConcurrent::run([this] { m_titles = scan(m_roots); });
    return int(m_roots.size());
  }
  int ok_progress_is_atomic() {
    QtConcurrent::run([this] { m_progress = 1; });
    return m_progress;
  }
  int ok_under_a_lock() {
    QtConcurrent::run([this] {
      QMutexLocker lock(&m_mutex);
      m_titles = scan(m_roots);
    });
    QMutexLocker lock(&m_mutex);
    return int(m_titles.size());
  }
  int ok_waits_for_the_pool() {
    QtConcurrent::run([this] { m_titles = scan(m_roots); });
    QThreadPool::globalInstance()->waitForDone();
    return int(m_titles.size());
  }

private:
  static QStringList scan(const QStringList &);
  void reload() { m_titles = scan(m_roots); }
  QStringList m_roots, m_titles;
  QMutex m_mutex;
  std::atomic<int> m_progress{0};
};
