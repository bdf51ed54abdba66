// REQUIRES: qt
// RUN: %verify %s heddle-unnamed-guard -- -std=c++20 %qt_flags
#include <QList>
#include <QMutex>
#include <QMutexLocker>
#include <QReadWriteLock>

class Recent {
public:
  void bad_temporary(int x) {
    QMutexLocker{&m_mutex}; // warning: the guard is a temporary and releases 'm_mutex' at the end of this statement
    m_items.append(x);
  }
  int bad_reader() {
    QReadLocker{&m_lock}; // warning: the guard is a temporary
    return m_items.last();
  }

  void ok_named(int x) {
    QMutexLocker lock(&m_mutex);
    m_items.append(x);
  }
  int ok_reader() {
    QReadLocker lock(&m_lock);
    return m_items.last();
  }

private:
  QMutex m_mutex;
  QReadWriteLock m_lock;
  QList<int> m_items;
};
