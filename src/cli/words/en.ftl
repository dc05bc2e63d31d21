# Every message is one sentence without its end, in lower case. `.hint` and `.mend` are what mends it.

## Stages

stage-parse = parse
stage-ask = ask
stage-authorise = authorise
stage-resolve = resolve
stage-isolate = isolate
stage-connect = connect
stage-furnish = furnish
stage-confine = confine
stage-verify = verify
stage-run = run
stage-attach = attach

## Failures

hint = hint
code-system = cannot { $verb } '{ $object }': { $cause }
code-protocol = cannot read the answer of '{ $peer }': it is none of ours
code-version = cannot talk to the running zone: it speaks version { $theirs }, this program { $ours }
    .hint = this ends the zone's programs: sepctl end { $zone }
code-too-long = cannot send the command line: it is longer than { $limit } bytes
code-no-profile = no profile '{ $name }'
    .hint = { $has-suggestion ->
        [no] the profiles are: { $names }
       *[other] did you mean: { $suggestion }
    }
code-bad-profile = { $file }:{ $line }:{ $column }: { $sentence }
    .hint = { $has-suggestion ->
        [no] {""}
       *[other] did you mean '{ $suggestion }'?
    }
code-root = cannot make a zone for root: personal mode protects an ordinary user
    .hint = run it as the user whose programs they are
code-foreign = cannot use '{ $path }': { $what ->
        [owner] it belongs to somebody else
        [mode] others may write to it
        [kind] it is no folder
        [link] it is a symbolic link
       *[other] { $what }
    }
    .hint = { $what ->
        [owner] this puts it aside: sudo mv -T '{ $path }' '{ $path }.aside'
       *[other] this puts it aside: mv -T '{ $path }' '{ $path }.aside'
    }
code-no-userns = cannot make a user namespace: { $sentence }
    .hint = { $shape ->
        [sysctl] sudo sysctl -w kernel.unprivileged_userns_clone=1
        [limit] sudo sysctl -w user.max_user_namespaces=15000 user.max_net_namespaces=15000
        [apparmor] sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
        [apparmor-late] sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
        [container] run it outside the container, or give that a seccomp profile that allows user namespaces (podman: --security-opt seccomp=FILE)
       *[other] sepctl doctor
    }
code-layer = cannot enforce '{ $layer }': this kernel has { $has-version ->
        [no] none
       *[other] { $version }
    }
    .hint = sepctl doctor
code-lacking = '{ $layer }' is weaker than the profile asks for: this kernel has { $has-version ->
        [no] none
       *[other] { $version }
    }
code-differs = cannot trust the zone: '{ $what }' should be '{ $expected }' and is '{ $found }'
code-plan-differs = cannot enter the running zone '{ $zone }': its plan is another one: { $difference }
    .hint = this ends the zone's programs: sepctl end { $zone }
code-not-found = cannot find '{ $program }' in the zone
    .hint = install it below /usr or /opt, your home is not in the zone
code-not-executable = cannot execute '{ $program }': { $cause }
code-bad-stdio = cannot pass { $place } to the zone: a { $kind } does not enter it
    .hint = give it a pipe: put 'cat FILE |' before the command or '| cat' behind it
code-busy = cannot start another program: { $quota } wait in the zone already
    .hint = try again in a moment
code-zone-ended = the zone ended while the program ran{ $has-why ->
        [no] {""}
       *[other] : { $why }
    }
code-no-tun = cannot use '/dev/net/tun': { $cause }
    .hint = { $what ->
        [missing] sudo mkdir -p /dev/net && sudo mknod -m 0666 /dev/net/tun c 10 200
        [mode] sudo chmod 0666 /dev/net/tun
        [module] sudo modprobe tun
       *[other] sepctl doctor
    }
code-no-display = cannot open a window for '{ $program }': no Wayland display was found
    .hint = without a window: { $self } { $profile } { $program } --headless --screenshot /tmp/page.png about:blank
code-packaged = cannot confine '{ $program }': it is a { $kind } package, which brings a sandbox of its own
    .hint = install the program as a package of the distribution
code-usage = { $text ->
        [missing] { $switch } is missing
        [no-value] { $switch } takes a value
        [bad-value] '{ $value }' is no value of { $switch }
        [value] { $switch } takes no value
        [too-many] { $switch } stands twice
        [conflict] { $switch } and { $value } exclude each other
       *[other] { $text }
    }
    .hint = { $self } --help
code-unknown-switch = '{ $switch }' is no switch or verb of { $has-verb ->
        [no] { $self }
       *[yes] { $verb }
    }
    .hint = { $has-suggestion ->
        [no] { $has-verb ->
            [no] { $self } --help
           *[yes] { $verb } --help
        }
       *[other] did you mean: { $suggestion }
    }
code-no-profile-named = no profile was named
    .hint = sep-run internet firefox
code-late-switch = the switch '{ $switch }' stands behind the profile, where the program's words begin
    .hint = { $has-command ->
        [no] sep-run --help
       *[other] did you mean: { $command }
    }
code-notify = no desktop notification could be shown: { $why }
code-not-enforced = { $why ->
        [absent] the limits on memory, processes and CPU are not in force: no systemd runs for this user; sepctl doctor tells more
        [refused] the limits on memory, processes and CPU are not in force: the user's systemd gave no scope for them; sepctl doctor tells more
        [service] the limits on memory and CPU are not in force: sep-zones.service does not run
        [hierarchy] the limits on memory and CPU are not in force: there is no cgroup hierarchy for zones; the boot option systemd.unified_cgroup_hierarchy=1 makes one
       *[other] not every limit on memory, processes and CPU is in force: { $why }{ $has-cause ->
            [no] {""}
           *[other] {" "}({ $cause })
        }
    }
    .hint = { $has-mend ->
        [no] {""}
       *[other] this gives them: { $mend }
    }
code-bad-switch = { $switch }: { $sentence }
    .hint = { $has-suggestion ->
        [no] {""}
       *[other] did you mean '{ $suggestion }'?
    }
code-not-recorded = cannot write the audit log '{ $path }': { $cause }
    .hint = this shows its space and its owner: df -h '{ $path }' && ls -l '{ $path }'
code-bad-time = '{ $text }' is no time
    .hint = sepctl log --since 2h
code-no-home = cannot keep zones in '{ $path }': it is no folder of yours
    .hint = set HOME to a folder of your own, as 'su -' and 'sudo -i' do
code-not-running = zone '{ $zone }' is not running
    .hint = these run: sepctl status
code-still-running = zone '{ $zone }' is running, and this needs one that is stopped
    .hint = this asks its programs to end: sepctl stop { $zone }
code-unconfirmed = cannot ask whether this is meant: standard input is no terminal
    .hint = if it is: { $command }
code-not-in-home = the home of zone '{ $zone }' has no '{ $name }'
code-no-snapshot = zone '{ $zone }' has no snapshot '{ $name }'
    .hint = it has these: sepctl snapshot list { $zone }
code-snapshot-exists = zone '{ $zone }' has a snapshot '{ $name }' already
    .hint = this removes it: sepctl snapshot remove { $zone } { $name }
code-editor-failed = the editor '{ $editor }' did not do its work: { $how }
    .hint = another one: EDITOR=vi
code-not-admitted = your organisation has not given you the profile '{ $profile }'
code-not-allowed = { $what ->
        [program] the program '{ $word }' is not on the profile's list
        [switch] the zone '{ $word }' is your organisation's, and no switch changes it
        [argument] the profile lets nobody pass the argument '{ $word }'
       *[stdio] the profile lets '{ $word }' talk with no terminal, file or pipe of yours
    }
code-no-broker = the zone service of this PC does not answer at { $socket }: { $cause }
code-no-uplink = cannot give the zone of '{ $profile }' a network card: { $what ->
        [addresses] the site's addresses for zones are used up
        [card] the internet network card of this PC is not there
       *[none] this PC has no uplink that its organisation decided on
    }
code-no-lease = no address for the zone's network card: { $why ->
        [business] within { $seconds } s a DHCP server has offered addresses of the business network only
        [gateway] within { $seconds } s no DHCP server has offered an address with a router that can be reached from it
        [address] within { $seconds } s a DHCP server has offered only what is no address of a card
        [short] within { $seconds } s a DHCP server has offered an address for a few seconds only
       *[silent] no DHCP server has answered within { $seconds } s
    } (uplink '{ $uplink }', card { $nic })
    .hint = look at that card's cable and network, or ask who manages this PC for addresses in the site's file ("static")
code-no-business = the site names no card of the business network that this PC has: a guard would close all of it
code-no-trial = nothing is being tried: it was confirmed, or has gone back to what was there before
code-no-guard = this PC has no guard, so there is nothing to open a way through: sepctl guard apply puts it up
code-not-open = { $place } is not open: sepctl guard status shows what is
code-crowded = { $what ->
        [minute] you have asked for { $quota } launches within a minute: wait a moment
        [all] { $quota } launches of this PC's users are under way already
       *[once] { $quota } of your launches are under way already
    }

code-script-failed = '{ $script }' did not do its work: { $said }

switch-no-network = '{ $word }' needs a network, and the zone has none
switch-names-open = the profile answers every name, '{ $word }' too
switch-assignment = '{ $word }' is not a variable and its value, such as TZ=Asia/Seoul
switch-share = '{ $word }' can be shared with no zone: your home as a whole and its hidden folders hold keys and settings, and /run, /dev, /etc and the like are the PC's own; a folder in your home such as ~/Documents can be shared
switch-zone-name = '{ $word }' is longer than the name of a zone may be: 32 letters
code-bad-name = '{ $name }' does not cross: { $what ->
        [dots] its name leads to another folder; paths begin in the zone's home and have no '..'
        [outside] it is not in the zone's home, and only what is there can be fetched
        [control] its name has characters that control a terminal or turn the direction of writing
        [text] its name is no UTF-8
        [long] its name is too long
        [empty] its name is empty
       *[other] { $what }
    }
code-bad-kind = '{ $path }' does not cross: it is { $kind ->
        [file] a file
        [folder] a folder
        [link] a link
        [fifo] a named pipe
        [socket] a socket
        [device] a device
       *[other] { $kind }
    }
    .hint = { $kind ->
        [folder] -r carries a folder with all that is in it
       *[other] {""}
    }
code-exists = '{ $path }' is there already
    .hint = --force replaces it
code-twin = '{ $path }' does not cross: another name in its folder differs from it in its Unicode form only
code-changed = '{ $path }' changed while it was read
    .hint = try again when nothing writes to it
code-too-many = cannot take all of '{ $path }': { $what ->
        [depth] more than { $limit } folders lie in each other
       *[other] it has more than { $limit } entries
    }
code-interrupted = interrupted
code-not-folder = '{ $path }' is no folder that files could be put into

## While a launch takes long

making-zone = making zone '{ $zone }'

## Files of the PC among a program's words

outside = '{ $path }' is on the PC and not in the zone{ $has-command ->
        [no] {""}
       *[other] : { $command }
    }
outside-of-memory = '{ $path }' is on the PC and not in the zone{ $has-command ->
        [no] {""}
       *[other] ; while the zone runs: { $command }
    }

## What an older kernel's Landlock can not do

landlock-lost = this kernel's Landlock (ABI { $abi }) does not limit: { $lost }
landlock-truncate = cutting files short
landlock-ports = ports that programs listen on
landlock-devices = commands to devices
landlock-scopes = abstract sockets and signals
landlock-sockets = connecting to sockets in shared folders

## The end of a zone whose home is in memory

farewell-title = zone { $zone } ends now, and these downloads with it:
farewell-file = { $name }{ $has-size ->
        [no] {""}
       *[other] {" "}({ $size })
    }
farewell-more = and { $count } more
farewell-keep = to keep them, in another terminal: { $command }
farewell-enter = Enter ends the zone.
farewell-lost = gone with zone { $zone }: { $names }{ $has-more ->
        [no] {""}
       *[other] {" "}{ $more }
    }

## sepctl ls, get, put

files-moved = { $from } -> { $to } ({ $size })
files-same = { $from } -> { $to } ({ $size }, it was there already)
files-kind-file = file
files-kind-folder = folder
files-kind-link = link
files-kind-fifo = pipe
files-kind-socket = socket
files-kind-device = device

## Problems of a profile file

problem-byte-order-mark = the file begins with a byte order mark: save it as UTF-8 without one
problem-not-text = this byte is not UTF-8
problem-too-large = the file is larger than { $expected } bytes
problem-too-deep = lists and objects stand too deep in each other
problem-syntax = this is not JSON: { $expected }
problem-trailing-text = text after the end of the profile
problem-duplicate-key = the key '{ $word }' stands here a second time; the first is in line { $expected }
problem-unknown-key = unknown key '{ $word }'; the keys here are: { $expected }
problem-unknown-value = unknown value '{ $word }'; one of these: { $expected }
problem-wrong-type = { $word ->
        [bool] true or false
        [number] a number
        [fraction] a fraction
        [text] text
        [list] a list
        [object] an object
        [null] null
       *[other] another kind of value
    } stands here, and it takes { $expected ->
        [bool] true or false
        [number] a whole number
        [list] a list
        [object] an object
       *[other] text
    }
problem-out-of-range = { $word } is outside { $expected }
problem-bad-value = '{ $word }' is not { $expected ->
        [name] a name of letters, digits and '-', at most 32
        [prefix] a network prefix such as 10.20.0.0/16
        [address] an IPv4 address such as 203.0.113.1
        [argument] an argument: the word itself, <url> for an address of the web, or <any>
        [login] a user or group, by name or number
        [mac] the address of a network card such as 02:00:00:0a:00:01
        [place] an IPv4 address in its network such as 203.0.113.50/24
        [uplink] an uplink of the site's file
        [addressing] an uplink with either "static" or "dhcp"
        [destination] a network prefix, with or without a port, such as 192.168.7.9:631
        [domain] a domain name such as example.org
        [nic] the name of a network interface
        [program] the name or absolute path of a program
        [folder] a folder that may be shown: an absolute path outside the home, /run, /dev, /etc and the like
        [variable] a variable that a profile may set
       *[other] text of one line
    }
problem-wrong-name = the profile calls itself '{ $word }', and its file '{ $expected }'

## Refusals of user namespaces

userns-sysctl = this system allows them to root only (kernel.unprivileged_userns_clone is 0)
userns-container = { $cause }; this container's seccomp filter, or a chroot, forbids them
userns-limit = user.max_user_namespaces is used up or 0
userns-apparmor = AppArmor denies them to this program
userns-apparmor-late = AppArmor lets it be made and takes its rights away (Ubuntu's restriction)
userns-missing = this kernel has none
userns-other = { $cause }

## The kernel's answers

errno-EPERM = operation not permitted
errno-ENOENT = no such file or folder
errno-EIO = input/output error
errno-EBADF = bad descriptor
errno-EAGAIN = not now, try again
errno-ENOMEM = out of memory
errno-EACCES = permission denied
errno-EBUSY = it is in use
errno-EEXIST = it is there already
errno-ENODEV = no such device
errno-ENOTDIR = not a folder
errno-EISDIR = it is a folder
errno-EINVAL = invalid argument
errno-EMFILE = too many open files
errno-ENOSPC = no space left
errno-EROFS = read-only file system
errno-EPIPE = the other side has closed
errno-ENAMETOOLONG = the name is too long
errno-ENOSYS = this kernel does not have the call
errno-ELOOP = too many symbolic links
errno-ENOEXEC = not a program of this machine
errno-EPROTONOSUPPORT = the protocol is not supported
errno-EOPNOTSUPP = not supported
errno-EADDRINUSE = the address is in use
errno-EADDRNOTAVAIL = the address is not available
errno-ENETUNREACH = the network is unreachable
errno-ECONNREFUSED = connection refused
errno-ECONNRESET = connection reset
errno-ETIMEDOUT = timed out
errno-EHOSTUNREACH = the host is unreachable
errno-EUSERS = too many users

## sepctl explain

explain-title = zone '{ $zone }': { $description }
explain-files-read = made from: { $list }
explain-origin-default = no file says it
explain-origin-host = this PC
explain-origin-always = every zone
explain-origin-mode = personal mode
explain-origin-switch = command line

explain-section-who = Who and where
explain-person = programs run as { $name } (uid { $uid }, gid { $gid })
explain-hostname = the host name is { $name }
explain-home = the home { $inside } is kept in { $outside }; your own home is not there
explain-home-memory = the home { $inside } is in memory, { $mib } MiB at most, and gone with the zone
explain-runtime = socket and lock lie in { $path }
explain-audit = what is recorded goes to { $path }

explain-section-files = Files
explain-read-only = { $path } of the PC is there, read-only
explain-shared = { $path } of the PC is there as { $inside }, and programs may change it: what they put there, your other programs will read
explain-shared-read-only = { $path } of the PC is there as { $inside }, read-only
explain-etc = /etc is the zone's own; these { $count } entries of the PC are copied into it where they exist: { $list }
explain-exec-home = { $yes ->
        [yes] programs in the home may be executed
       *[no] programs in the home may not be executed
    }
explain-gpu = { $yes ->
        [yes] the GPU may be used for drawing
       *[no] the GPU is not there
    }
explain-scratch = /tmp and /dev/shm hold { $mib } MiB each, /run 16 MiB, and they are gone with the zone

explain-section-programs = Programs
explain-program = '{ $name }' means the first of these that is installed: { $list }
explain-program-any = any other program of the PC may be started by its name or path

explain-section-seals = Seals
explain-always = no new privileges, no capabilities, the seccomp filter, own namespaces; no profile can open these
explain-nested = { $yes ->
        [yes] programs may make user namespaces of their own, as browsers do for their sandbox
       *[no] programs may not make user namespaces
    }
explain-landlock = Landlock is needed, ABI { $abi } or newer
explain-optional = if the kernel lacks it, '{ $layer }' is a warning and not an error

explain-section-limits = Limits
explain-memory = memory of the whole zone: { $value } MiB
explain-no-memory = memory of the whole zone: no limit
explain-processes = processes and threads of the whole zone: { $value }
explain-no-processes = processes and threads of the whole zone: no limit
explain-cpu = CPU weight: { $value } (100 is what other programs have)
explain-no-cpu = CPU weight: as other programs
explain-open-files = open files of each program: { $value }
explain-no-open-files = open files of each program: no limit of the zone
explain-limits-by = { $managed ->
        [yes] memory, processes and CPU are limited by a cgroup of the zone's own, which is root's
       *[no] memory, processes and CPU are limited by a scope of your systemd, where it gives one
    }
explain-limits-required = { $yes ->
        [yes] where these can not be enforced nothing is started
       *[no] where these can not be enforced it is said, and programs start
    }

explain-section-network = Network
explain-card-none = there is no network, only the zone's own loopback
explain-card-macvlan = it has a network card of its own on the uplink { $uplink }, which the PC itself has no card on
explain-card-address = the card is { $mac }, its address { $address }
explain-card-dhcp = the card is { $mac }; a DHCP server of that network gives it an address within { $seconds } s, and knows it as { $host }
explain-card-relay = connections leave by the relay, which judges each one
explain-uplink = they leave the PC by { $nic } only
explain-no-uplink = they leave the PC by its own routing
explain-closed = this PC itself, private and local addresses are closed
explain-business = the business network is closed whatever else is open: { $list }
explain-business-cards = whatever would leave by a card of the business network is closed: { $list }
explain-allow = open though they are private: { $list }
explain-deny = closed as well: { $list }
explain-names-all = every domain name is answered
explain-names-none = no domain name is answered
explain-names-allowed = only these domain names, and those below them, are answered: { $list }
explain-names-denied = these domain names are not answered (advice only: an address works without its name): { $list }
explain-log = { $all ->
        [yes] every connection is recorded
       *[no] refused connections are recorded
    }

explain-section-desktop = Desktop
explain-display = { $yes ->
        [yes] windows are shown through the display proxy, never on the PC's own socket
       *[no] no windows
    }
explain-bus = { $yes ->
        [yes] there is a message bus, the zone's own
       *[no] no message bus
    }

explain-section-env = Environment
explain-travels = of your shell only these variables travel with a launch: { $list }
explain-travels-none = of your shell no variable travels with a launch
explain-variable = { $name }={ $value }

explain-section-mode = What this mode can not have
explain-mode-personal = personal mode protects you from the program, not the organisation from you: your other programs can reach into the zone
explain-mode-host = this PC itself is not kept off the internet
explain-mode-groups = your supplementary groups stay in force inside the zone
explain-mode-sysfs = there is no /sys
explain-mode-frame = windows have no coloured frame yet
explain-mode-x11 = X11 programs have no display yet
explain-mode-sound = there is no sound yet
explain-mode-clipboard = the clipboard stops at the zone: there is no gate for it yet

## sepctl log

log-time = time
log-zone = zone
log-event = event
log-what = what
log-kind-refused = refused
log-kind-connection = connection
log-kind-suppressed = left out
log-kind-failed = network failed
log-kind-launch = launch
log-kind-launch-refused = launch refused
log-kind-ended = ended
log-kind-file = file
log-kind-reset = reset
log-kind-restored = restored
log-kind-guard = guard
log-kind-address = address
log-kind-continued = continued
log-refused = { $program } → { $target }, closed by { $rule }
log-connection = { $program } → { $target }, { $up } up, { $down } down, { $seconds } s
log-suppressed = { $count } more events, too many to write each
log-failed = the zone's network process could not go on: { $rule }
log-launch = { $program }{ $has-switches ->
        [no] {""}
       *[yes] {" "}with { $switches }
    }
log-launch-refused = { $program }: { $sentence }
log-ended = { $program }: { $how ->
        [status] exit status { $number }
        [signal] signal { $number }
       *[other] { $sentence }
    }, { $seconds } s
log-file = { $direction ->
        [in] into the zone
       *[out] out of the zone
    }: { $path }, { $size }, SHA-256 { $sha256 }
log-reset = the home began anew: { $count ->
        [one] 1 entry
       *[other] { $count } entries
    }, { $size }
log-restored = the home is that of snapshot { $path }
log-guard = { $verb ->
        [remove] the guard was taken away: { $reason }
        [report-only] a guard was put up that closes nothing and only reports
        [try] the guard was put up to be tried, for { $within }
        [confirm] the guard that was tried was confirmed
        [revert] nobody confirmed the guard that was tried: it goes back to what was there before
        [boot] the guard is put up as the PC starts
        [restore] the guard was not as it should be any more and was put back: { $reason }
        [fail] the guard could not be kept as it should be: { $sentence }
        [open] { $place } is opened for { $within }: { $reason }
        [close] { $place } is closed
        [closed] { $place } is closed, its time is over: { $reason }
        [dropped] { $place ->
            [entering] { $target } from { $reason }, refused by the guard
            [passing] { $target } from { $reason }, not passed on by the guard
           *[leaving] { $target }, refused by the guard
        }
       *[apply] the guard was put up
    }
guard-state = { $state ->
        [whole] the guard stands: nothing leaves or enters but by the cards of the business network
        [report-only] the guard only reports: it counts what it would close, and closes nothing. sepctl guard apply closes it
        [absent] the guard is not there{ $wanted ->
            [yes] , and nobody took it away on purpose: sepctl guard apply puts it up again
           *[no] : sepctl guard apply puts it up
        }
       *[differs] the guard is not as the site's file says, { $what }: { $asked } was asked for, { $found } is there; sepctl guard apply puts it right
    }
log-address = { $verb ->
        [expired] the zone's address { $path } has expired: no network until it has another
        [withdrawn] the DHCP server has taken back the zone's address { $path }: no network until it has another
       *[given] the zone has the address { $path }
    }
guard-trial = it is being tried until { $until } and then goes back: sepctl guard confirm keeps it
guard-unkept = no process keeps it: what somebody changes stays changed, and what is open for a time is not recorded as closed. sepctl guard boot starts one
guard-open = open until { $until }: { $place }, by user { $user }: { $reason }
guard-closed = { $chain ->
        [leaving] leaving
        [entering] entering
       *[passing] passing
    }: { $report ->
        [yes] would be refused
       *[no] refused
    } { $packets ->
        [one] 1 packet
       *[other] { $packets } packets
    }, { $size }
log-continued = the lines before this one are in another file
log-empty = nothing is recorded yet in { $file }
log-whole = the log is whole: lines { $first } to { $last }, the last in { $file }
log-broken-changed = { $file }:{ $line }: this line was changed, or the one before it: they do not fit each other
log-broken-unreadable = { $file }:{ $line }: this is no line of the log
log-broken-missing = { $file }:{ $line }: before this line those with the numbers { $first } to { $last } are missing
log-broken-order = { $file }:{ $line }: this line stands in another place than it was written in
log-broken-cut = { $file }:{ $line }: the log was cut: behind this line those with the numbers { $first } to { $last } are missing
log-broken-head = { $file }:{ $line }: the file with the end of the log ({ $file }.head) is missing or none of ours: whether lines behind this one are missing can not be told

## sepctl why

reason-refused = { $program } → { $target } refused by { $rule }{ $has-origin ->
        [yes] {" "}({ $origin })
       *[no] {""}
    }{ $has-times ->
        [yes] , { $times } times
       *[no] {""}
    }{ $has-mend ->
        [yes] ; { $mend }
       *[no] {""}
    }
reason-launch = { $program } not started in { $zone }{ $has-times ->
        [yes] , { $times } times
       *[no] {""}
    }: { $sentence }{ $has-hint ->
        [yes] ; { $hint }
       *[no] {""}
    }
reason-suppressed = { $has-times ->
        [yes] { $times }
       *[no] 1
    } more in { $zone }, too many to write each
reason-rule-no-destination = no-destination
reason-rule-own-address = own-address
reason-rule-business = business-network
reason-rule-denied = deny-list
reason-rule-private = private-address
reason-rule-reserved = reserved-address
reason-rule-discovery = discovery-port
reason-rule-local = this-pc
reason-rule-name = name-list
reason-rule-uplink = uplink
reason-rule-socket = no-socket
reason-rule-packet = packet-form
reason-allow = to allow: { $command }
reason-nothing = it is so in every zone, and nothing opens it
reason-you = no switch opens it; that file is yours to change
reason-administrator = no switch opens it; the administrator of this PC can change that file
reason-layer = no switch opens it; a profile file of your own can say otherwise
reason-switch = a switch of that launch closed it, or the profile as it was then; without that switch it is open
reason-uplink = the card that the profile names is not there, or has no way to it
reason-room = the PC had no room for one more connection

## sepctl doctor

doctor-ready = ready: profile '{ $profile }' can run on this PC
doctor-not-ready = not ready: profile '{ $profile }' can not run on this PC; what is marked 'missing' stands in its way
doctor-status-ok = ok
doctor-status-missing = missing
doctor-status-absent = absent
doctor-lost = does not limit: { $lost }
doctor-mend = mend: { $command }
doctor-checked = { $file }: no error

doctor-user = an ordinary user
doctor-userns = user namespace
doctor-nested = user namespace inside a zone
doctor-proc = a /proc of its own
doctor-netns = network namespace
doctor-tun = /dev/net/tun
doctor-nat = nftables redirect
doctor-landlock = Landlock
doctor-seccomp = seccomp filter
doctor-keyring = session keyring
doctor-scope = systemd scope for limits
doctor-ping = ping without privilege

why-root = you are root; personal mode protects an ordinary user
    .mend = run it as the user whose programs they are
why-userns-sysctl = { userns-sysctl }
    .mend = sudo sysctl -w kernel.unprivileged_userns_clone=1
why-userns-container = this container's seccomp filter, or a chroot, forbids them
    .mend = give the container a seccomp profile that allows user namespaces (podman: --security-opt seccomp=FILE)
why-userns-limit = { userns-limit }
    .mend = sudo sysctl -w user.max_user_namespaces=15000
why-userns-apparmor = { userns-apparmor }
    .mend = sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
why-userns-apparmor-late = { userns-apparmor-late }
    .mend = sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
why-userns-missing = { userns-missing }
    .mend = use a kernel with CONFIG_USER_NS
why-userns-other = the kernel answered: { $found }
why-needs-userns = it needs the user namespace above
why-proc-covered = something is mounted over a part of /proc, as containers do: { $found }
    .mend = run the container with an unmasked /proc (podman: --security-opt unmask=ALL)
why-netns = the kernel answered: { $found }
    .mend = sudo sysctl -w user.max_net_namespaces=15000
why-tun-missing = the device is not there
    .mend = sudo mkdir -p /dev/net && sudo mknod -m 0666 /dev/net/tun c 10 200
why-tun-mode = the device is not open to users: { $found }
    .mend = sudo chmod 0666 /dev/net/tun
why-tun-module = the kernel has no such device: { $found }
    .mend = sudo modprobe tun
why-tun-refused = the device makes no interface: { $found }
why-nat-module = the kernel lacks the module { $found }
    .mend = sudo modprobe { $found }
why-nat-refused = the kernel answered: { $found }
why-landlock-off = the kernel has it and it is not switched on, or a container forbids it: { $found }
    .mend = add landlock to the kernel's boot parameter lsm=
why-landlock-old = the profile needs a newer one: { $found }
    .mend = use a newer kernel, or lower seals.landlock_min_abi
why-landlock-idle = a domain was made and does not refuse
why-seccomp = the kernel answered: { $found }
    .mend = use a kernel with CONFIG_SECCOMP_FILTER
why-seccomp-idle = a filter was installed and does not refuse
why-keyring = the kernel answered: { $found }
    .mend = allow keyctl in the container's seccomp profile, or add "keyring" to seals.optional
why-scope = no user systemd answers: { $found }; memory, process and CPU limits can not be enforced
    .mend = log in with a session of systemd, or: loginctl enable-linger
why-ping = users may open no ping socket: { $found }
    .mend = sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"

## sep-run alone, and when a zone was made

profiles-usage = usage: sep-run [switches] PROFILE [--] [PROGRAM ARG...]
profiles-heading = profiles:
profiles-examples = examples:
profiles-example-shell = a shell in the zone
profiles-example-document = a document, without any network
profiles-more = more: sep-run --help
zone-made = zone { $zone }: personal mode, { $card ->
        [none] no network
        [uplink] relay by { $nic }
       *[relay] relay by the PC's routing
    }; files: sepctl ls { $zone }

## sepctl bench startall

startall-what = opened at once
startall-zone = with the zone
startall-bare = without sep-run
startall-ratio = ratio
startall-web = web sites
startall-office = documents on the PC
startall-both = all of it
startall-how = medians of { $rounds } rounds each, in turn; in brackets the interval that has the true median with 95 % confidence

## sepctl status

status-none = no zone is running. This opens a browser in one: sep-run internet firefox
status-zone = { $zone }: profile { $profile }, personal mode, running for { $age }
status-seconds = { $large } s
status-minutes = { $large } min { $small } s
status-hours = { $large } h { $small } min
status-days = { $large } d { $small } h
status-network-none = network: none
status-network = network: { $has-uplink ->
        [yes] relay by { $uplink }
       *[no] relay by the PC's routing
    }, address { $addresses }
status-traffic = traffic: { $up } sent, { $down } received, { $refused } refused
status-memory = memory: { $bytes } ({ $by }){ $has-limits ->
        [yes] ; limits: { $limits }
       *[no] {""}
    }
status-memory-scope = the whole zone
status-memory-share = its programs; what they share is divided among them
status-memory-resident = its programs; what they share is counted for each
status-limit-memory = { $number } of memory
status-limit-processes = { $number } processes
status-limit-cpu = CPU weight { $number }
status-limit-files = { $number } open files per program
status-programs = programs: { $count }
status-pid = PID
status-inside = IN ZONE
status-terminal = TERMINAL
status-age = AGE
status-name = PROGRAM
status-yes = yes
status-no = no

## sepctl stop

stop-unheeding = not ended within { $seconds } s, so the zone ended with them: { $programs }

## sepctl reset, sepctl snapshot

ask-yes-or-no = [y/N]
reset-loses = This deletes the home of zone { $zone }: { $count ->
        [one] 1 entry
       *[other] { $count } entries
    }, { $size }{ $has-closed ->
        [yes] , and what is in { $closed } closed folders
       *[no] {""}
    }
reset-rest = { $count } more
reset-keeps = Kept: { $names }
reset-ask = Delete the home of zone { $zone }?
reset-nothing = nothing was changed
reset-done = zone { $zone } begins anew: { $count ->
        [one] 1 entry
       *[other] { $count } entries
    } deleted, { $size }{ $has-closed ->
        [yes] , and what was in { $closed } closed folders
       *[no] {""}
    }
snapshot-ask = Delete the home of zone { $zone } and put snapshot { $name } in its place?
snapshot-created = snapshot { $name } of zone { $zone } is made: { $copied ->
        [one] 1 file
       *[other] { $copied } files
    } copied{ $has-shared ->
        [yes] , { $shared } share their blocks with the home
       *[no] {""}
    }{ $has-left ->
        [yes] , { $left } pipes, sockets or devices were left out
       *[no] {""}
    }
snapshot-restored = the home of zone { $zone } is that of snapshot { $name } again: { $copied ->
        [one] 1 file
       *[other] { $copied } files
    } copied{ $has-shared ->
        [yes] , { $shared } share their blocks with it
       *[no] {""}
    }{ $has-left ->
        [yes] , { $left } pipes, sockets or devices were left out
       *[no] {""}
    }

## sepctl edit

edit-again = Edit again? A no forgets the changes.
edit-done = { $file } is in place; a zone that runs keeps what it was made of
edit-nothing = nothing was changed: { $file }

## sepctl status --watch

watch-keys = q quit  ↑↓ choose  s stop
watch-ask = Stop zone { $zone }? y/N
watch-stopping = { $zone }: stopping
watch-stopped = { $zone }: stopped
