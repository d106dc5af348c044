#include "daemon/inputs/input_set.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "core/text/units.h"

namespace eventfwd {
namespace {

const UnixDatagramOptions* unix_datagram_of(const InputSettings& settings) {
    return std::get_if<UnixDatagramOptions>(&settings.source);
}

std::uint64_t receive_buffer_of(const InputSettings& settings) {
    return std::visit([](const auto& source) { return source.datagram.receive_buffer_bytes; },
                      settings.source);
}

std::vector<std::string> addresses_of(const InputSettings& settings) {
    if (const auto* local = unix_datagram_of(settings)) return {local->path};
    std::vector<std::string> addresses;
    for (const Address& address : std::get<UdpOptions>(settings.source).listen)
        addresses.push_back(address.text());
    return addresses;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

InputSet::~InputSet() {
    stop(std::chrono::steady_clock::now());
}

Result<> InputSet::open(const std::vector<InputSettings>& settings, InheritedSockets inherited) {
    for (const InputSettings& each : settings) {
        auto sockets = take_or_open(each, inherited);
        if (!sockets) return failure_while("input " + each.intake.name, sockets.error());
        inputs_.push_back(make(each, std::move(*sockets), {}));
    }
    for (const InheritedSockets::Socket& socket : inherited.left()) {
        spdlog::warn(
            "systemd handed over a socket at {} (FileDescriptorName={}) that no input listens on",
            socket.address, socket.fd_name);
    }
    return {};
}

Intake::Parts InputSet::intake_parts() const {
    return {parts_.dead_letters, parts_.quotas, parts_.probe};
}

InputSet::Input InputSet::make(const InputSettings& settings, std::vector<DatagramSocket> sockets,
                               WaitingBlocks waiting) {
    for (const DatagramSocket& socket : sockets) {
        spdlog::info("input {}: listening on {}{}, receive buffer {}", settings.intake.name,
                     socket.name, socket.is_inherited ? " (held by systemd)" : "",
                     format_size(socket.receive_buffer_bytes));
    }
    DatagramListenerOptions options;
    options.name = settings.intake.name;
    options.packet_bytes_max = settings.intake.decode.packet_bytes_max;
    options.sleep_in_receive = unix_datagram_of(settings) != nullptr && sockets.size() == 1;
    Input input;
    input.settings = settings;
    input.intake = std::make_unique<DatagramIntake>(settings.intake, parts_.journal, intake_parts(),
                                                    std::move(waiting));
    input.listener = std::make_unique<DatagramListener>(options, std::move(sockets), *input.intake);
    parts_.kernel_drops.add(*input.listener);
    return input;
}

Result<std::vector<DatagramSocket>> InputSet::take_or_open(const InputSettings& settings,
                                                           InheritedSockets& inherited) {
    const std::vector<std::string> addresses = addresses_of(settings);
    std::vector<DatagramSocket> sockets;
    std::vector<std::string> held_addresses;
    for (auto& held : inherited.take(settings.intake.name, addresses)) {
        held_addresses.push_back(held.address);
        auto socket = adopt_socket(std::move(held.fd), held.address, receive_buffer_of(settings));
        if (!socket) return std::unexpected(socket.error());
        sockets.push_back(std::move(*socket));
    }
    // One that was given by its name may be bound elsewhere: then systemd decides where we listen.
    const bool systemd_decides = std::ranges::any_of(
        held_addresses, [&](const std::string& held) { return !contains(addresses, held); });
    if (systemd_decides) return sockets;
    auto opened = open_missing(settings, held_addresses);
    if (!opened) return opened;
    std::ranges::move(*opened, std::back_inserter(sockets));
    return sockets;
}

// Opens the sockets of SETTINGS but those at the addresses in PRESENT.
Result<std::vector<DatagramSocket>> InputSet::open_missing(
    const InputSettings& settings, const std::vector<std::string>& present) {
    std::vector<DatagramSocket> sockets;
    if (const auto* local = unix_datagram_of(settings)) {
        if (contains(present, local->path)) return sockets;
        if (auto made = parts_.files.make_directories(parent_path(local->path), 0755); !made) {
            return std::unexpected(made.error());
        }
        auto socket = open_unix_socket(local->path, local->mode, receive_buffer_of(settings));
        if (!socket) return std::unexpected(socket.error());
        sockets.push_back(std::move(*socket));
        return sockets;
    }
    const auto& listen = std::get<UdpOptions>(settings.source).listen;
    for (const Address& address : listen) {
        if (contains(present, address.text())) continue;
        auto socket = open_udp_socket(address, receive_buffer_of(settings));
        if (socket) {
            sockets.push_back(std::move(*socket));
            continue;
        }
        // A machine without IPv6 is no reason not to serve IPv4.
        const int code = socket.error().code;
        const bool has_no_ipv6 =
            address.family() == AF_INET6 && (code == EADDRNOTAVAIL || code == EAFNOSUPPORT);
        if (!has_no_ipv6 || listen.size() == 1) return std::unexpected(socket.error());
        const bool is_loopback = address.text().starts_with("[::1]:");
        spdlog::log(is_loopback ? spdlog::level::info : spdlog::level::warn,
                    "input {}: {}; going on without it", settings.intake.name,
                    socket.error().message);
    }
    return sockets;
}

void InputSet::start() {
    for (const Input& input : inputs_)
        input.listener->start();
}

void InputSet::stop(std::chrono::steady_clock::time_point deadline) {
    for (const Input& input : inputs_)
        input.intake->stop(deadline);
    for (const Leaving& leaving : leaving_)
        leaving.intake->stop(deadline);
    for (const Input& input : inputs_)
        input.listener->stop();
    for (const Input& input : inputs_)
        input.listener->join();
    for (Leaving& leaving : leaving_) {
        if (leaving.thread.joinable()) leaving.thread.join();
    }
}

InputSet::Input* InputSet::find(const std::string& name) {
    const auto found = std::ranges::find(inputs_, name, &Input::name);
    return found == inputs_.end() ? nullptr : &*found;
}

bool InputSet::has_socket(const std::string& name) const {
    return std::ranges::any_of(inputs_, [&](const Input& input) {
        const auto& sockets = input.listener->sockets();
        return std::ranges::find(sockets, name, &DatagramSocket::name) != sockets.end();
    });
}

Result<InputSet::Change> InputSet::prepare(const std::vector<InputSettings>& settings) {
    Change change;
    for (const InputSettings& each : settings) {
        Entry entry{each, {}, {}};
        const Input* const running = find(each.intake.name);
        if (running == nullptr || running->settings != each) {
            if (auto prepared = prepare_entry(entry, running); !prepared) {
                return failure_while("input " + each.intake.name, prepared.error());
            }
        }
        change.push_back(std::move(entry));
    }
    for (const Input& input : inputs_) {
        const auto& sockets = input.listener->sockets();
        const bool is_held = std::ranges::any_of(sockets, &DatagramSocket::is_inherited);
        const bool is_wanted = std::ranges::any_of(change, [&](const Entry& entry) {
            return entry.settings.intake.name == input.settings.intake.name;
        });
        if (is_held && !is_wanted) {
            return failure(
                fmt::format("input {}: systemd holds its socket; removing it needs a "
                            "restart",
                            input.settings.intake.name));
        }
    }
    return change;
}

// Decides which sockets ENTRY takes over, and opens the others. RUNNING has its name now, or is
// null.
Result<> InputSet::prepare_entry(Entry& entry, const Input* running) {
    const std::vector<std::string> wanted = addresses_of(entry.settings);
    bool systemd_decides = false;
    if (running != nullptr) {
        const std::vector<std::string> before = addresses_of(running->settings);
        for (const DatagramSocket& socket : running->listener->sockets()) {
            if (!socket.is_inherited || contains(wanted, socket.name)) continue;
            if (contains(before, socket.name)) {
                return failure(
                    fmt::format("systemd holds {}; another address needs a restart", socket.name));
            }
            entry.kept.push_back(socket.name);
            systemd_decides = true;
        }
    }
    if (systemd_decides) return {};
    for (const std::string& address : wanted) {
        if (has_socket(address)) entry.kept.push_back(address);
    }
    auto opened = open_missing(entry.settings, entry.kept);
    if (!opened) return std::unexpected(opened.error());
    entry.opened = std::move(*opened);
    return {};
}

// Takes those that change or go out of inputs_; their sockets go on queueing meanwhile.
std::vector<InputSet::Input> InputSet::halt_changing(const Change& change) {
    const auto changes = [&](const Input& input) {
        return std::ranges::find(change, input.settings, &Entry::settings) == change.end();
    };
    for (const Input& input : inputs_) {
        if (changes(input)) input.intake->halt();
    }
    std::vector<Input> halted;
    std::erase_if(inputs_, [&](Input& input) {
        if (!changes(input)) return false;
        input.listener->halt();
        halted.push_back(std::move(input));
        return true;
    });
    return halted;
}

void InputSet::apply(Change change) {
    const std::lock_guard lock(mutex_);
    std::vector<Input> halted = halt_changing(change);
    std::vector<std::vector<DatagramSocket>> sockets;
    for (Entry& entry : change) {
        sockets.push_back(std::move(entry.opened));
        for (const Input& old : halted) {
            for (DatagramSocket& socket : old.listener->release_sockets(entry.kept)) {
                const auto* local = unix_datagram_of(entry.settings);
                adjust_socket(socket, receive_buffer_of(entry.settings),
                              local == nullptr ? mode_t{} : local->mode);
                sockets.back().push_back(std::move(socket));
            }
        }
    }
    std::map<std::string, WaitingBlocks> waiting;
    for (Input& old : halted)
        retire(old, waiting[old.name()]);
    for (std::size_t at = 0; at < change.size(); ++at) {
        const InputSettings& settings = change[at].settings;
        if (find(settings.intake.name) != nullptr) continue;
        Input input =
            make(settings, std::move(sockets[at]), std::move(waiting[settings.intake.name]));
        waiting.erase(settings.intake.name);
        input.listener->start();
        inputs_.push_back(std::move(input));
    }
    for (const Input& old : halted) {
        const auto left = waiting.find(old.name());
        if (left != waiting.end()) leave(old.settings, std::move(left->second));
    }
}

// Takes what the kernel holds at the sockets that are left of OLD. What of all that finds no room
// in the journal goes to WAITING.
void InputSet::retire(Input& old, WaitingBlocks& waiting) {
    old.listener->drain();
    waiting = old.intake->take_waiting();
    Past& past = past_[old.name()];
    past.counts.add(old.intake->counts());
    past.kernel_drops += parts_.kernel_drops.count(*old.listener);
    const std::size_t lines = line_count(waiting);
    spdlog::info("input {}: halted{}", old.name(),
                 lines == 0 ? "" : fmt::format("; {} events wait for room in the journal", lines));
}

// Nobody takes over from the input of SETTINGS: what it still had goes to the journal on a thread
// of its own, for as long as that takes.
void InputSet::leave(const InputSettings& settings, WaitingBlocks waiting) {
    if (waiting.empty()) return;
    Leaving& leaving = leaving_.emplace_back();
    leaving.intake = std::make_unique<DatagramIntake>(settings.intake, parts_.journal,
                                                      intake_parts(), std::move(waiting));
    leaving.thread = std::thread([&intake = *leaving.intake] { intake.begin(); });
}

void InputSet::count_kernel_drops() {
    const std::lock_guard lock(mutex_);
    for (const Input& input : inputs_)
        parts_.kernel_drops.count(*input.listener);
}

std::vector<InputStatus> InputSet::statuses() {
    std::vector<InputStatus> statuses;
    for (const Input& input : inputs_) {
        InputStatus status{input.name(),
                           input.intake->counts(),
                           parts_.kernel_drops.count(*input.listener),
                           {},
                           input.intake->waits_for_room()};
        for (const DatagramSocket& socket : input.listener->sockets())
            status.listens_on.push_back(socket.name);
        statuses.push_back(std::move(status));
    }
    const auto named = [&](const std::string& name) -> InputStatus& {
        const auto found = std::ranges::find(statuses, name, &InputStatus::name);
        return found != statuses.end() ? *found
                                       : statuses.emplace_back(InputStatus{name, {}, 0, {}, false});
    };
    for (const auto& [name, past] : past_) {
        InputStatus& status = named(name);
        status.counts.add(past.counts);
        status.kernel_drops += past.kernel_drops;
    }
    for (const Leaving& leaving : leaving_)
        named(leaving.intake->name()).counts.add(leaving.intake->counts());
    return statuses;
}

}  // namespace eventfwd
