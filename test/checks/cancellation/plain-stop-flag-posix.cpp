// Structs that are handed to pthreads, and what signal handlers set.
// RUN: %verify %s heddle-plain-stop-flag -- -std=c++20
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

void work(int);

struct Context {
  pthread_t thread;
  pthread_mutex_t lock;
  sem_t ready;
  int fd;
  volatile int stop;
  bool quit;
  bool locked;
  bool told;
};

static void *bad_main(void *arg) {
  Context *ctx = static_cast<Context *>(arg);
  while (!ctx->stop) // warning: 'stop' ends this loop
    work(ctx->fd);
  return nullptr;
}
int open_context(Context *ctx) { return pthread_create(&ctx->thread, nullptr, bad_main, ctx); }
void close_context(Context *ctx) {
  ctx->stop = 1;
  pthread_join(ctx->thread, nullptr);
}

class bad_Server {
public:
  void start() { pthread_create(&thread, nullptr, &bad_Server::entry, this); }
  void stop() {
    running = false;
    pthread_join(thread, nullptr);
  }

private:
  static void *entry(void *self) {
    reinterpret_cast<bad_Server *>(self)->run();
    return nullptr;
  }
  void run() {
    while (running) // warning: 'running' ends this loop
      work(0);
  }
  bool running = true;
  pthread_t thread;
};

static volatile sig_atomic_t interrupted;
static volatile bool asked;
static void ok_on_signal(int) { interrupted = 1; }
static void ok_on_term(int) { asked = true; }
static void *ok_signal_main(void *) {
  while (!interrupted && !asked)
    work(0);
  return nullptr;
}
void ok_signals() {
  signal(SIGINT, ok_on_signal);
  signal(SIGTERM, ok_on_term);
  pthread_t t;
  pthread_create(&t, nullptr, ok_signal_main, nullptr);
  pthread_join(t, nullptr);
}

static void *ok_locked_main(void *arg) {
  Context *ctx = static_cast<Context *>(arg);
  for (;;) {
    pthread_mutex_lock(&ctx->lock);
    bool over = ctx->locked;
    pthread_mutex_unlock(&ctx->lock);
    if (over)
      return nullptr;
    work(ctx->fd);
  }
}
void ok_locked(Context *ctx) {
  pthread_create(&ctx->thread, nullptr, ok_locked_main, ctx);
  pthread_mutex_lock(&ctx->lock);
  ctx->locked = true;
  pthread_mutex_unlock(&ctx->lock);
  pthread_join(ctx->thread, nullptr);
}

static void *ok_permit_main(void *arg) {
  auto *ctx = static_cast<Context *>(arg);
  while (true) {
    sem_wait(&ctx->ready);
    if (ctx->told)
      break;
    work(ctx->fd);
  }
  return nullptr;
}
void ok_permit(Context *ctx) {
  pthread_create(&ctx->thread, nullptr, ok_permit_main, ctx);
  ctx->told = true;
  sem_post(&ctx->ready);
  pthread_join(ctx->thread, nullptr);
}
