// REQUIRES: asio
// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
// Channels of Asio do not block the sending thread: a send under a lock is like a post.
#include <boost/asio.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>

#include <map>
#include <mutex>
#include <string>

namespace asio = boost::asio;
using Updates = asio::experimental::concurrent_channel<void(boost::system::error_code, std::string)>;

class ok_settings {
public:
  explicit ok_settings(asio::any_io_executor executor) : updates_(executor, 16), executor_(executor) {}

  void set(const std::string &key, std::string value) {
    std::lock_guard lock(mutex_);
    values_[key] = std::move(value);
    updates_.async_send({}, key, [](boost::system::error_code) {});
  }
  bool offer(const std::string &key, std::string value) {
    std::lock_guard lock(mutex_);
    values_[key] = std::move(value);
    return updates_.try_send(boost::system::error_code{}, key);
  }
  void later(const std::string &key) {
    std::lock_guard lock(mutex_);
    asio::post(executor_, [this, key] { updates_.try_send(boost::system::error_code{}, key); });
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::string> values_;
  Updates updates_;
  asio::any_io_executor executor_;
};
