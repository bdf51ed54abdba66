// REQUIRES: curl
// RUN: %verify %s heddle-transient-executor -- -std=c++20
#include <curl/curl.h>

#include <string>
#include <vector>

void bad_per_url(const std::vector<std::string> &urls) {
  for (const auto &url : urls) {
    CURL *handle = curl_easy_init(); // warning: 'handle' is made in each iteration; it connects each time, and keeps connections that nobody uses again; make it once and share it
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_perform(handle);
    curl_easy_cleanup(handle);
  }
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
void ok_reused(const std::vector<std::string> &urls) {
  CURL *handle = curl_easy_init();
  for (const auto &url : urls) {
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_perform(handle);
  }
  curl_easy_cleanup(handle);
}
// All at once: each transfer needs its own.
void ok_multi(CURLM *multi, const std::vector<std::string> &urls) {
  for (const auto &url : urls) {
    CURL *handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_multi_add_handle(multi, handle);
  }
}
class ok_client {
public:
  void get(const std::string &url) {
    CURL *handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_perform(handle);
    curl_easy_cleanup(handle);
  }
};
