#include "codec/aws_event_stream.h"

#include <array>

namespace maester::aws {
namespace {

constexpr std::size_t kPrelude = 12, kChecksum = 4;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = make_table();

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = (out << 8) | static_cast<std::uint8_t>(bytes[i]);
  return out;
}

void append_u32(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

// Takes `size` bytes off the front; false when there are not as many.
bool take(std::string_view& bytes, std::size_t size, std::string_view& out) {
  if (bytes.size() < size) return false;
  out = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

bool take_sized(std::string_view& bytes, std::size_t width, std::string_view& out) {
  std::string_view prefix;
  if (!take(bytes, width, prefix)) return false;
  std::size_t size = 0;
  for (const char c : prefix) size = size << 8 | static_cast<std::uint8_t>(c);
  return take(bytes, size, out);
}

// Bytes of a value by its type; -1 = sized by itself, -2 = no such type.
constexpr std::array<int, 10> kSizes = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};

struct Names {
  std::string_view message_type, event_type, exception_type, error_code, error_message;
};

bool read_headers(std::string_view headers, Names& out) {
  while (!headers.empty()) {
    std::string_view name, type, value;
    if (!take_sized(headers, 1, name) || !take(headers, 1, type)) return false;
    const auto kind = static_cast<std::uint8_t>(type[0]);
    if (kind >= kSizes.size()) return false;
    const int size = kSizes[kind];
    const bool good = size < 0 ? take_sized(headers, 2, value)
                               : take(headers, static_cast<std::size_t>(size), value);
    if (!good) return false;
    if (kind != 7) continue;
    if (name == ":message-type") out.message_type = value;
    if (name == ":event-type") out.event_type = value;
    if (name == ":exception-type") out.exception_type = value;
    if (name == ":error-code") out.error_code = value;
    if (name == ":error-message") out.error_message = value;
  }
  return true;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

void EventStreamDecoder::feed(std::string_view bytes) {
  progressed_ = false;
  if (failed_) return;
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += bytes;
}

std::unexpected<Error> EventStreamDecoder::broken(Code code, const char* why) {
  failed_ = true;
  buffer_.clear();
  begin_ = 0;
  return fail(code, why);
}

Result<bool> EventStreamDecoder::next(sse::Event& event) {
  if (failed_) return fail(Code::upstream_error, "The provider's event stream is damaged.");
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (rest.size() < kPrelude) return false;
  if (crc32(rest.substr(0, 8)) != read_u32(rest.substr(8))) {
    return broken(Code::upstream_error, "A frame of the provider's stream has a wrong checksum.");
  }
  const std::size_t total = read_u32(rest), headers = read_u32(rest.substr(4));
  if (total > max_frame_) {
    return broken(Code::too_large, "A frame of the provider's stream is longer than allowed.");
  }
  if (total < kPrelude + kChecksum || headers > total - kPrelude - kChecksum) {
    return broken(Code::upstream_error, "A frame of the provider's stream has impossible sizes.");
  }
  if (rest.size() < total) return false;
  const std::string_view frame = rest.substr(0, total);
  if (crc32(frame.substr(0, total - kChecksum)) != read_u32(frame.substr(total - kChecksum))) {
    return broken(Code::upstream_error, "A frame of the provider's stream has a wrong checksum.");
  }
  Names names;
  if (!read_headers(frame.substr(kPrelude, headers), names)) {
    return broken(Code::upstream_error, "A frame of the provider's stream has broken headers.");
  }
  begin_ += total;
  progressed_ = true;
  event = {};
  event.id = names.message_type;
  event.raw = frame;
  event.data = frame.substr(kPrelude + headers, total - kPrelude - kChecksum - headers);
  event.type = !names.event_type.empty()       ? names.event_type
               : !names.exception_type.empty() ? names.exception_type
                                               : names.error_code;
  if (event.data.empty() && !names.error_message.empty()) event.data = names.error_message;
  return true;
}

Result<bool> EventStreamDecoder::finish(sse::Event& event) {
  TRY_ASSIGN(const bool more, next(event));
  if (more) return true;
  if (begin_ == buffer_.size()) return false;
  return broken(Code::upstream_error, "The provider's stream ends inside a frame.");
}

void append_frame(std::string& out, std::initializer_list<FrameHeader> headers,
                  std::string_view payload) {
  std::string head;
  for (const FrameHeader& header : headers) {
    head += static_cast<char>(header.name.size());
    head += header.name;
    head += static_cast<char>(7);
    head += static_cast<char>(header.value.size() >> 8);
    head += static_cast<char>(header.value.size() & 0xff);
    head += header.value;
  }
  std::string frame;
  append_u32(frame,
             static_cast<std::uint32_t>(kPrelude + head.size() + payload.size() + kChecksum));
  append_u32(frame, static_cast<std::uint32_t>(head.size()));
  append_u32(frame, crc32(frame));
  frame += head;
  frame += payload;
  append_u32(frame, crc32(frame));
  out += frame;
}

}  // namespace maester::aws
