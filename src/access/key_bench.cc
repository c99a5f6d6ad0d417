// What finding a key costs, and whether the time tells anything (RULES.md §2).
//
//   ninja -C build/release access_bench && build/release/src/access/access_bench
//
// The time is compared as dudect does (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant
// time?", DATE 2017): two classes of credentials in random order, cycles of each look-up, the
// slowest twentieth left out (interrupts), Welch's t over the rest. |t| < 4.5 over a million
// samples says that no difference was found.
#include <benchmark/benchmark.h>
#include <x86intrin.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "access/key_crc.h"
#include "access/key_view.h"
#include "base/random.h"

namespace maester::access {
namespace {

constexpr std::size_t kKeys = 10'000;
constexpr std::size_t kSamples = 1'000'000;

struct Keys {
  Keys() {
    view.peppers[1] = std::make_shared<const HmacSha256>("a pepper of thirty-two bytes....");
    for (std::size_t i = 0; i < kKeys; ++i) {
      texts.push_back(mint_key(KeyKind::tenant, random));
      const auto parsed = *parse_key(texts.back());
      Key key;
      key.id = parsed.id;
      key.principal = {"acme", key.id, Role::member, nullptr, {}};
      key.digest = {key_digest(*view.peppers[1], parsed), 1};
      view.minted[key_number(parsed.id)] = {std::make_shared<const Key>(std::move(key)),
                                            view.peppers[1].get(), nullptr};
    }
  }
  std::string wrong(std::size_t i) {
    return mint_again(KeyKind::tenant, parse_key(texts[i % kKeys])->id, random);
  }
  SeededRandom random{1};
  SystemClock clock;
  KeyView view;
  std::vector<std::string> texts;
};

Keys& keys() {
  static Keys all;
  return all;
}

void BM_RightKey(benchmark::State& state) {
  Keys& k = keys();
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(k.view.find(k.texts[i++ % 64], "127.0.0.1", k.clock));
}
BENCHMARK(BM_RightKey);

// What a cache of verified keys, by the digest of the credential, would cost at its cheapest.
void BM_DigestOfCredentialAlone(benchmark::State& state) {
  Keys& k = keys();
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sha256(k.texts[i++ % 64]));
}
BENCHMARK(BM_DigestOfCredentialAlone);

void BM_CopyOfPrincipal(benchmark::State& state) {
  Keys& k = keys();
  const Key* key = *k.view.find(k.texts[0], "127.0.0.1", k.clock);
  for (auto _ : state) {
    Principal copy = key->principal;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(BM_CopyOfPrincipal);

double welch_t(std::vector<double>& a, std::vector<double>& b) {
  std::vector<double> all(a);
  all.insert(all.end(), b.begin(), b.end());
  const auto cut = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 95 / 100);
  std::nth_element(all.begin(), cut, all.end());
  const double slowest = *cut;
  const auto moments = [&](std::vector<double>& times) {
    std::erase_if(times, [&](double t) { return t > slowest; });
    double mean = 0, square = 0;
    for (const double t : times) mean += t;
    mean /= static_cast<double>(times.size());
    for (const double t : times) square += (t - mean) * (t - mean);
    return std::pair(
        mean, square / static_cast<double>(times.size() - 1) / static_cast<double>(times.size()));
  };
  const auto [mean_a, error_a] = moments(a);
  const auto [mean_b, error_b] = moments(b);
  return (mean_a - mean_b) / std::sqrt(error_a + error_b);
}

void compare(benchmark::State& state, const std::vector<std::string>& one,
             const std::vector<std::string>& two) {
  Keys& k = keys();
  double worst = 0;
  for (auto _ : state) {
    std::vector<double> times[2];
    for (std::size_t i = 0; i < kSamples; ++i) {
      const std::uint64_t draw = k.random.next_u64();
      const bool second = (draw & 1) != 0;
      const auto& pool = second ? two : one;
      // The same place in memory for both classes: the caches are not what is compared.
      alignas(64) char place[128];
      const std::string& text = pool[(draw >> 1) % pool.size()];
      text.copy(place, text.size());
      unsigned aux = 0;
      const std::uint64_t begin = __rdtscp(&aux);
      benchmark::DoNotOptimize(k.view.find({place, text.size()}, "127.0.0.1", k.clock));
      const std::uint64_t end = __rdtscp(&aux);
      times[second ? 1 : 0].push_back(static_cast<double>(end - begin));
    }
    worst = std::max(worst, std::abs(welch_t(times[0], times[1])));
  }
  state.counters["abs_t"] = worst;
}

// Secrets that share most of their characters with the right one, against random ones.
void BM_TimingNearlyRightSecret(benchmark::State& state) {
  Keys& k = keys();
  std::vector<std::string> near, far;
  for (int i = 0; i < 256; ++i) {
    far.push_back(k.wrong(0));
    std::string text = k.texts[0];
    // All but two characters of the secret are right; the CRC is made to fit.
    for (;;) {
      const std::string other = k.wrong(0);
      text.replace(60, 2, other.substr(60, 2));
      if (text != k.texts[0]) break;
    }
    text.resize(text.size() - 6);
    near.push_back(text + key_crc(text));
  }
  compare(state, near, far);
}
BENCHMARK(BM_TimingNearlyRightSecret)->Iterations(1)->Unit(benchmark::kMillisecond);

// An id that exists against one that does not.
void BM_TimingKnownId(benchmark::State& state) {
  Keys& k = keys();
  std::vector<std::string> known, unknown;
  for (std::size_t i = 0; i < 256; ++i) {
    known.push_back(k.wrong(i));
    unknown.push_back(mint_key(KeyKind::tenant, k.random));
  }
  compare(state, known, unknown);
}
BENCHMARK(BM_TimingKnownId)->Iterations(1)->Unit(benchmark::kMillisecond);

// A broken comparison would be seen: |t| must be large here.
void BM_TimingOfALeak(benchmark::State& state) {
  std::vector<std::string> malformed(256, "mst_k_typo"), whole;
  for (std::size_t i = 0; i < 256; ++i) whole.push_back(keys().wrong(i));
  compare(state, malformed, whole);
}
BENCHMARK(BM_TimingOfALeak)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace maester::access
