// A segment whose fdatasync failed: what was dirty in it may never reach the disk, and a later sync
// that succeeds proves nothing. But it can usually still be read, and so be written once more.
#pragma once

#include <functional>

#include "core/file_system.h"
#include "journal/segment_catalog.h"

namespace eventfwd {

// Called with a segment's file and number, and with the damage found in it, [BEGIN, END).
using KeepDamage = std::function<void(const File& file, std::uint64_t number, std::uint64_t begin,
                                      std::uint64_t end)>;

// Writes the bytes of SEGMENT, read back from FILE, into a new file that takes its place durably.
// Numbers and offsets stay; who has FILE open reads on in it. Frames that cannot be read back whole
// are given to KEEP_DAMAGE, and copied as they are. On failure the old file is still in its place,
// or the new one is and its name is not durable: both can be tried again.
Result<> rescue_segment(FileSystem& files, const std::string& directory, const Segment& segment,
                        const File& file, const KeepDamage& keep_damage);

// Removes what a crash in the middle of that left of segment NUMBER.
void remove_unfinished_rescue(FileSystem& files, const std::string& directory,
                              std::uint64_t number);

}  // namespace eventfwd
