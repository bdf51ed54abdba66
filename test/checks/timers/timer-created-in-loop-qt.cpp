// REQUIRES: qt
// RUN: %verify %s heddle-timer-created-in-loop -- -std=c++20 %qt_flags
#include <QEventLoop>
#include <QMutex>
#include <QObject>
#include <QQueue>
#include <QString>
#include <QTcpSocket>
#include <QThread>
#include <QTimer>

void show(const QString &);

void bad_timer_each_turn(QTcpSocket &socket) {
  while (socket.state() == QAbstractSocket::ConnectedState) {
    QTimer limit; // warning: a timer is created in every iteration of this loop
    limit.setSingleShot(true);
    limit.start(1000);
    socket.waitForReadyRead(1000);
    show(QString::fromUtf8(socket.readAll()));
  }
}

void bad_new_timer_each_turn(QTcpSocket &socket, QObject *parent) {
  for (;;) {
    socket.waitForReadyRead(-1);
    auto *later = new QTimer(parent); // warning: a timer is created in every iteration of this loop
    later->start(500);
    show(QString::fromUtf8(socket.readAll()));
  }
}

void bad_single_shot_each_turn(QTcpSocket &socket) {
  for (;;) {
    socket.waitForReadyRead(-1);
    QTimer::singleShot(5000, [] { show("late"); }); // warning: a timer is created in every iteration of this loop
    show(QString::fromUtf8(socket.readAll()));
  }
}

void ok_one_timer(QTcpSocket &socket) {
  QTimer limit;
  limit.setSingleShot(true);
  while (socket.state() == QAbstractSocket::ConnectedState) {
    limit.start(1000);
    socket.waitForReadyRead(1000);
    show(QString::fromUtf8(socket.readAll()));
  }
}

void ok_single_shot_once() {
  QTimer::singleShot(5000, [] { show("late"); });
}

class ok_panel : public QObject {
public:
  ok_panel() {
    timer_.setInterval(1000);
    connect(&timer_, &QTimer::timeout, this, [this] { show(QString::number(++ticks_)); });
    timer_.start();
  }

private:
  QTimer timer_;
  int ticks_ = 0;
};

void ok_few_tries(QTcpSocket &socket) {
  for (int i = 0; i < 3; ++i) {
    QEventLoop loop;
    QTimer limit;
    QObject::connect(&limit, &QTimer::timeout, &loop, &QEventLoop::quit);
    limit.start(200);
    loop.exec();
    if (socket.isOpen())
      return;
  }
}
void ok_puts_a_call_off(QTcpSocket &socket, QObject &view) {
  while (socket.waitForReadyRead(1000))
    QTimer::singleShot(0, &view, [] { show("more"); });
}

// The handler runs this function again when the timer has fired: there is one at a time. The variable is never armed.
class Engine : public QObject {
public:
  void ok_turn() {
    show("turn");
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    timer.singleShot(40, this, &Engine::ok_turn);
  }
};
