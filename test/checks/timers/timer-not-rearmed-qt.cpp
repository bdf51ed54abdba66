// REQUIRES: qt
// RUN: %verify %s heddle-timer-not-rearmed -- -std=c++20 %qt_flags -fPIC
#include <QtCore/QObject>
#include <QtCore/QTimer>
#include <QtNetwork/QTcpSocket>

void handle(const QByteArray &);
bool poll();

// ---- idle timeouts -----------------------------------------------------------------------------------------------------
struct bad_idle {
class Client : public QObject {
public:
  Client() {
    connect(&socket_, &QTcpSocket::readyRead, this, &Client::onData);
    connect(&idleTimer_, &QTimer::timeout, this, &Client::onIdle);
    idleTimer_.setSingleShot(true);
    idleTimer_.start(30000); // note: the timer is armed here only
  }

private:
  void onData() { handle(socket_.readAll()); } // warning: this handles a message and does not arm 'idleTimer_' again; the idle timeout fires although there is activity; arm the timer again for each message
  void onIdle() { socket_.close(); }
  QTcpSocket socket_;
  QTimer idleTimer_;
};
};

// ---- early returns -----------------------------------------------------------------------------------------------------
class Device {
public:
  bool update();
};
class bad_poller : public QObject {
public:
  void tick() {
    if (!device_.update())
      return; // warning: the timer is not armed again on this early return; the handler never runs again
    QTimer::singleShot(1000, this, &bad_poller::tick); // note: it is armed again here on the other paths
  }

private:
  Device device_;
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_client : public QObject {
public:
  ok_client() {
    connect(&socket_, &QTcpSocket::readyRead, this, &ok_client::onData);
    connect(&idleTimer_, &QTimer::timeout, this, &ok_client::onIdle);
    idleTimer_.start(30000);
  }

private:
  void onData() {
    idleTimer_.start();
    handle(socket_.readAll());
  }
  void onIdle() { socket_.close(); }
  QTcpSocket socket_;
  QTimer idleTimer_;
};
class ok_restarts : public QObject {
public:
  ok_restarts() {
    connect(&socket_, &QTcpSocket::readyRead, &idleTimer_, qOverload<>(&QTimer::start));
    connect(&socket_, &QTcpSocket::readyRead, this, [this] { handle(socket_.readAll()); });
    connect(&idleTimer_, &QTimer::timeout, this, [this] { socket_.close(); });
    idleTimer_.start(30000);
  }

private:
  QTcpSocket socket_;
  QTimer idleTimer_;
};
class ok_refresh : public QObject {
public:
  ok_refresh() {
    connect(&socket_, &QTcpSocket::readyRead, this, [this] { handle(socket_.readAll()); });
    connect(&refresh_, &QTimer::timeout, this, [] { poll(); });
    refresh_.start(1000);
  }

private:
  QTcpSocket socket_;
  QTimer refresh_;
};
class ok_poller : public QObject {
public:
  void tick() {
    if (device_.update())
      poll();
    QTimer::singleShot(1000, this, &ok_poller::tick);
  }

private:
  Device device_;
};
// The timer goes on by itself.
class ok_periodic : public QObject {
public:
  ok_periodic() {
    connect(&timer_, &QTimer::timeout, this, &ok_periodic::tick);
    timer_.start(1000);
  }
  void tick() {
    if (!device_.update())
      return;
    poll();
  }

private:
  QTimer timer_;
  Device device_;
};
