// The part of InputSet that opens Unix sockets anew whose file is gone.
#include <algorithm>

#include "daemon/inputs/input_set.h"
#include "daemon/inputs/open_sockets.h"

namespace eventfwd {
namespace {

bool is_lost(const DatagramSocket& socket) {
    return !socket.file.path().empty() && !socket.file.is_in_place();
}

}  // namespace

std::vector<std::string> InputSet::socket_paths() const {
    std::vector<std::string> paths;
    for (const Running& running : running_) {
        for (const DatagramSocket& socket : running.input->sockets()) {
            if (!socket.file.path().empty()) paths.push_back(socket.file.path());
        }
    }
    return paths;
}

std::vector<LostSocketFile> InputSet::restore_sockets() {
    std::vector<LostSocketFile> lost;
    Change change;
    for (const Running& running : running_) {
        Entry& entry = change.emplace_back(Entry{running.settings, {}, {}});
        entry.is_unnamed = running.is_unnamed;
        for (const DatagramSocket& socket : running.input->sockets()) {
            if (is_lost(socket)) {
                lost.push_back({socket.file.path(), open_anew(socket, entry)});
            } else {
                entry.kept.push_back(socket.name);
            }
        }
    }
    const bool is_any = std::ranges::any_of(change, &Entry::is_restored);
    if (is_any) apply(std::move(change));
    return lost;
}

// Opens for ENTRY what takes the place of SOCKET.
Result<> InputSet::open_anew(const DatagramSocket& socket, Entry& entry) {
    const std::string& path = socket.file.path();
    if (socket.is_inherited) {
        entry.kept.push_back(socket.name);
        return failure(path + " is gone; systemd holds its socket: restart the socket unit");
    }
    auto opened = open_missing(parts_.files, entry.settings, entry.kept);
    if (!opened) {
        entry.kept.push_back(socket.name);
        return std::unexpected(opened.error());
    }
    entry.opened = std::move(*opened);
    entry.is_restored = true;
    return {};
}

}  // namespace eventfwd
