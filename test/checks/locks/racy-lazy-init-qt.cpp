// REQUIRES: qt
// RUN: %verify %s heddle-racy-lazy-init -- -std=c++20 %qt_flags
// Qt's owners and locks.
#include <QHash>
#include <QMutex>
#include <QMutexLocker>
#include <QReadWriteLock>
#include <QSharedPointer>
#include <QString>

struct Codec {
  QString name;
};

class bad_Codecs {
public:
  QSharedPointer<Codec> codec() {
    if (m_codec.isNull()) { // warning: 'm_codec' is tested here without the mutex under which it is created
      QMutexLocker locker(&m_mutex);
      if (m_codec.isNull())
        m_codec = QSharedPointer<Codec>::create(); // note: created here with 'm_mutex' held
    }
    return m_codec;
  }

private:
  QMutex m_mutex;
  QSharedPointer<Codec> m_codec;
};

class bad_Lookup {
public:
  Codec *codec() {
    if (!hasCodec()) { // warning: 'm_codec' is tested here without the mutex under which it is created
      QWriteLocker locker(&m_lock);
      if (!hasCodec())
        m_codec = new Codec;
    }
    return m_codec;
  }

private:
  bool hasCodec() const { return m_codec; }
  QReadWriteLock m_lock;
  Codec *m_codec = nullptr;
};

class ok_Codecs {
public:
  QSharedPointer<Codec> codec() {
    QMutexLocker locker(&m_mutex);
    if (m_codec.isNull())
      m_codec = QSharedPointer<Codec>::create();
    return m_codec;
  }

private:
  QMutex m_mutex;
  QSharedPointer<Codec> m_codec;
};

class ok_Lookup {
public:
  Codec *codec() {
    QWriteLocker locker(&m_lock);
    if (!hasCodec())
      m_codec = new Codec;
    return m_codec;
  }

private:
  bool hasCodec() const { return m_codec; }
  QReadWriteLock m_lock;
  Codec *m_codec = nullptr;
};
