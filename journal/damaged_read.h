// Reading from a disk that has lost some of its sectors.
#pragma once

#include "core/file_system.h"

namespace eventfwd {

// As read_all_at; but a page that the disk cannot give back (EIO) is read as zeros, which no frame
// is, so that it costs the frames that touch it and no others. Where not one page can be read it is
// the disk that is away, and that is the error.
Result<std::size_t> read_despite_damage(const File& file, std::uint64_t offset,
                                        std::span<char> into);

// Copies [BEGIN, END) of FROM, read so, to the beginning of TO; less where FROM ends before.
Result<> copy_despite_damage(const File& from, std::uint64_t begin, std::uint64_t end, File& to);

}  // namespace eventfwd
