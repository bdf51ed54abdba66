// REQUIRES: asio
// RUN: %verify %s heddle-transient-executor -- -std=c++20
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
void work(const std::string &);

struct bad_per_call {
  class Indexer {
  public:
    void index(const std::vector<std::string> &files) {
      asio::thread_pool pool(4); // warning: 'pool' is made in each call; its threads are started and waited for each time
      for (const auto &file : files)
        asio::post(pool, [&file] { work(file); });
      pool.join();
    }
  };
};
void bad_per_folder(const std::vector<std::vector<std::string>> &folders) {
  for (const auto &folder : folders) {
    asio::thread_pool pool(4); // warning: 'pool' is made in each iteration
    for (const auto &file : folder)
      asio::post(pool, [&file] { work(file); });
    pool.join();
  }
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_member {
public:
  void index(const std::vector<std::string> &files) {
    for (const auto &file : files)
      asio::post(pool_, [file] { work(file); });
  }

private:
  asio::thread_pool pool_{4};
};
void ok_once(const std::vector<std::string> &files) {
  asio::thread_pool pool(4);
  for (const auto &file : files)
    asio::post(pool, [&file] { work(file); });
  pool.join();
}
// A context alone has no threads.
std::size_t ok_context(const std::vector<std::string> &hosts) {
  std::size_t ran = 0;
  for (const auto &host : hosts) {
    asio::io_context io;
    asio::post(io, [&host] { work(host); });
    ran += io.run();
  }
  return ran;
}
