// REQUIRES: qt
// RUN: %verify %s heddle-unowned-task -- -std=c++20 %qt_flags
#include <QFuture>
#include <QMutex>
#include <QMutexLocker>
#include <QObject>
#include <QStringList>
#include <QThreadPool>
#include <QtConcurrent/QtConcurrentRun>
#include <memory>

class Indexer {
public:
  void bad_global_pool(const QString &text) {
    QThreadPool::globalInstance()->start([this, text] { scan(text); }); // warning: this task cannot be waited for
  }
  void bad_global_pool_by_pointer(const QString &text) {
    auto *pool = QThreadPool::globalInstance();
    pool->start([this, text] { scan(text); }); // warning: and uses this object
  }
  void bad_dropped_future(const QString &text) {
    QtConcurrent::run([this, text] { scan(text); }); // warning: and uses this object
  }

  void bad_global_pool_given(const QString &text) {
    QtConcurrent::run(QThreadPool::globalInstance(), [this, text] { scan(text); }); // warning: and uses this object
  }

  void ok_own_pool_given(const QString &text) { // its destructor waits
    QtConcurrent::run(&m_pool, [this, text] { scan(text); });
  }
  void ok_own_pool(const QString &text) {
    m_pool.start([this, text] { scan(text); });
  }
  void ok_kept_future(const QString &text) {
    m_last = QtConcurrent::run([this, text] { scan(text); });
  }
  void ok_owns_what_it_uses(std::shared_ptr<QStringList> out, const QString &text) {
    QThreadPool::globalInstance()->start([out, text] { out->append(text); });
  }

private:
  void scan(const QString &text) {
    QMutexLocker lock(&m_mutex);
    m_found.append(text);
  }
  QMutex m_mutex;
  QStringList m_found;
  QFuture<void> m_last;
  QThreadPool m_pool;
};
