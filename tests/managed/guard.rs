//! The guard of the PC on a real nftables: what it closes is tried over the card that it closes.

use std::time::{Duration, Instant};

use crate::lab::{Managed, PATIENCE, Rooted, TWO_NETWORKS, on_managed_pc};
use crate::pc::as_root;
use crate::support::person::{Ended, wait_for};
use crate::support::program;

/// A telephone is plugged in: a card of the PC's own with a way to the internet.
const PLUG: &str = "ip link add usb0 type veth peer name phone netns $(cat /run/internet.pid);
    i() { nsenter -t $(cat /run/internet.pid) -n \"$@\"; }
    i ip addr add 192.0.2.129/25 dev phone; i ip link set phone up
    ip addr add 192.0.2.130/25 dev usb0; ip link set usb0 up
    ip route add 198.51.100.10 via 192.0.2.129; ip route add 203.0.113.1 via 192.0.2.129";
/// What is behind it.
const SITE: &str = "198.51.100.10";
const OTHER: &str = "203.0.113.1";
/// The business network, whose card is open.
const OWN: &str = "10.20.0.10";

/// Whether the PC gets a page.
fn page(managed: &Managed, place: &str) -> bool {
    managed.root(&format!("curl -s -m 1 -o /dev/null http://{place}/")).status == 0
}

/// A PC between two networks, with the telephone.
fn on_plugged_pc(body: impl FnOnce(&Managed)) {
    on_managed_pc(&["python3", "nft"], |managed: &Managed| {
        managed.two_networks();
        managed.root(PLUG).good();
        assert!(page(managed, SITE) && page(managed, OTHER) && page(managed, OWN), "before");
        body(managed);
    });
}

/// `sepctl guard WORDS`.
#[track_caller]
fn guard(managed: &Managed, words: &str) -> Ended {
    managed.root_sepctl(&format!("guard {words}"))
}

/// What `sepctl guard status --json` says.
#[track_caller]
fn status(managed: &Managed) -> serde_json::Value {
    let told = guard(managed, "status --json");
    let answer: serde_json::Value = serde_json::from_slice(&told.out).unwrap_or_else(|_| panic!("{told:?}"));
    let is_right = answer["guard"] == "whole" && answer["trial_until"].is_null();
    assert_eq!(told.status, i32::from(!is_right), "{told:?}");
    answer
}

/// Ends the process that keeps the guard, as an accident does.
fn lose_keeper(managed: &Managed) {
    managed.root("kill -9 $(pgrep -x sep-guard)").good();
    let kept = || managed.root("pgrep -x sep-guard -r S,R,D").status == 0;
    wait_for(PATIENCE, || !kept(), || "it lives".into());
}

/// What a restart leaves: files, and nothing of the kernel's.
fn restart(managed: &Managed) {
    lose_keeper(managed);
    managed.root("nft flush ruleset").good();
    assert!(page(managed, SITE), "nothing is left");
}

/// How often something was done to the guard, by the log.
fn recorded(managed: &Managed, what: &str) -> usize {
    managed.log().iter().filter(|line| line["event"] == "guard" && line["rule"] == what).count()
}

#[test]
fn guard_01_nothing_leaves_or_enters_the_pc_but_by_a_card_of_the_business_network() {
    on_managed_pc(&["python3", "nft"], |managed: &Managed| {
        managed.two_networks();
        let _broker = managed.broker();
        let page = |place: &str| page(managed, place);
        // the other way: something there asks the PC
        let asked = |from: &str, place: &str| {
            managed
                .root(&format!("nsenter -t $(cat /run/{from}.pid) -n curl -s -m 1 -o /dev/null http://{place}/"))
                .status
                == 0
        };
        managed.root(PLUG).good();
        managed.root("setsid python3 -I -m http.server -d /run/www --bind 192.0.2.130 80 >/dev/null 2>&1 &").good();
        wait_for(PATIENCE, || asked("internet", "192.0.2.130"), || "no server on the PC".into());
        assert!(page("198.51.100.10") && page("10.20.0.10") && asked("business", "10.20.0.50"), "before");
        assert_eq!(managed.root_sepctl("guard status").status, 1);

        managed.root_sepctl("guard apply").good();
        assert!(managed.root_sepctl("guard status").good().contains("stands"));
        assert!(!page("198.51.100.10") && !asked("internet", "192.0.2.130"), "closed, both ways");
        assert!(
            page("10.20.0.10") && page("10.20.0.50") && asked("business", "10.20.0.50"),
            "the business network is not"
        );
        assert_eq!(managed.inside("lab", "curl -s -m 2 http://198.51.100.10/").good(), "page", "nor are the zones");
        // a card that comes later, under another name
        managed.root("ip link del usb0").good();
        managed.root(&PLUG.replace("usb0", "wlan7")).good();
        assert!(!page("198.51.100.10"), "a card that nobody knew is closed");
        // twice is as once, beside tables of others
        managed.root("nft add table inet other; nft add chain inet other c").good();
        managed.root_sepctl("guard apply").good();
        managed.root("nft list table inet other").good();
        // somebody opens it, which needs an end of who keeps it: that shows
        lose_keeper(managed);
        managed.root("nft insert rule inet sep_guard leaving accept").good();
        let opened = managed.root_sepctl("guard status");
        assert!(opened.status == 1 && opened.text().contains("not as the site's file says"), "{opened:?}");
        managed.root("nft flush ruleset").good();
        let gone = managed.root_sepctl("guard status --json");
        let gone: serde_json::Value = serde_json::from_slice(&gone.out).unwrap();
        assert_eq!((&gone["guard"], &gone["wanted"]), (&"absent".into(), &true.into()));

        managed.root_sepctl("guard apply").good();
        managed.root_sepctl("guard remove --reason 'a new switch'").good();
        assert!(page("198.51.100.10"), "the twin");
        let log = managed.log();
        let changes: Vec<_> = log.iter().filter(|line| line["event"] == "guard" && line["rule"] != "dropped").collect();
        assert_eq!((changes.len(), &changes[3]["arguments"][1]), (4, &"a new switch".into()));
    });
}

#[test]
fn guard_02_only_root_changes_it_and_never_so_that_all_is_closed() {
    on_managed_pc(&["nft"], |managed: &Managed| {
        managed.root("ip link set lo up").good();
        let none = managed.root_sepctl("guard apply");
        assert!(none.status == 125 && none.err.contains("no card of the business network"), "{none:?}");
        assert!(managed.root("nft list tables").good().is_empty(), "nothing is half done");
        managed.root("ip link add eth-biz address 02:00:00:0b:00:01 type dummy || ip link add eth-biz address 02:00:00:0b:00:01 type veth").good();
        managed.site(TWO_NETWORKS);
        let person = &managed.pc.person;
        let all = [
            "apply",
            "remove --reason x",
            "try --for 1m",
            "confirm",
            "open 192.0.2.7 --for 1m --reason x",
            "close 192.0.2.7",
            "boot",
            "keep",
            "status",
        ];
        for words in all {
            let refused = person.run(person.sepctl(["guard"].into_iter().chain(words.split(' '))));
            assert_eq!(refused.status, 125, "{words}: {refused:?}");
        }
        assert!(managed.root("ls /var/lib").good().is_empty(), "nothing is written");
        managed.root_sepctl("guard apply").good();
        assert_eq!(person.run(person.sepctl(["guard", "remove", "--reason", "x"])).status, 125);
        assert!(managed.root("nft list tables").good().contains("sep_guard"));
        // who keeps it has one power left, and nothing of whoever typed it
        let keeper = managed.root("pgrep -x sep-guard").good();
        let powers = managed.root(&format!("grep -E '^Cap(Prm|Eff|Inh|Amb)' /proc/{keeper}/status")).good();
        let powers: Vec<&str> = powers.split_whitespace().skip(1).step_by(2).collect();
        let (none, network) = ("0000000000000000", "0000000000001000");
        assert_eq!(powers, [none, network, network, none]);
        let files = managed.root(&format!("ls -l /proc/{keeper}/fd | sed -n 's/.* -> //p'")).good();
        let known = ["/dev/null", "socket:", "anon_inode:inotify", "/var/lib/sep-run/guard.keeper"];
        assert!(files.lines().all(|file| known.iter().any(|known| file.starts_with(known))), "{files}");
        let words = managed.root(&format!("tr -d '\\0' </proc/{keeper}/cmdline")).good();
        assert_eq!(words, "sep-guard");
        assert_eq!(managed.root_sepctl("guard remove").status, 125, "a reason is asked for");
    });
}

#[test]
fn guard_03_what_nobody_confirms_goes_back_by_itself() {
    on_plugged_pc(|managed: &Managed| {
        let open_again = |what: &str| wait_for(PATIENCE, || page(managed, SITE), || what.to_owned());
        // from nothing, and the session that typed it is lost
        managed.root(&format!("{} guard try --for 4s; kill -9 -$$", program("sepctl").display()));
        assert!(!page(managed, SITE) && page(managed, OWN), "tried");
        let told = status(managed);
        assert_eq!((&told["guard"], told["trial_until"].is_u64()), (&"whole".into(), true));
        assert!(guard(managed, "status").text().contains("it is being tried until"));
        open_again("not gone back");
        assert_eq!((&status(managed)["guard"], &status(managed)["wanted"]), (&"absent".into(), &false.into()));
        assert_eq!((recorded(managed, "try"), recorded(managed, "revert")), (1, 1));
        assert_eq!(guard(managed, "confirm").status, 125, "too late");
        // to the guard that was there, not to none: here from one that closes nothing
        guard(managed, "apply").good();
        guard(managed, "try --report-only --for 3s").good();
        assert!(page(managed, SITE), "tried");
        wait_for(PATIENCE, || status(managed)["guard"] == "whole", || "not gone back".into());
        assert!(!page(managed, SITE));
        guard(managed, "remove --reason x").good();
        // the twin: confirmed in time
        guard(managed, "try --for 2s").good();
        guard(managed, "confirm").good();
        std::thread::sleep(Duration::from_secs(4));
        assert_eq!(status(managed)["guard"], "whole");
        assert!(!page(managed, SITE));
        guard(managed, "remove --reason x").good();
        // who waits for it is killed: it goes back when the broker starts, and when the PC does
        for start in ["broker", "boot"] {
            guard(managed, "try --for 2s").good();
            lose_keeper(managed);
            std::thread::sleep(Duration::from_secs(3));
            assert!(!page(managed, SITE), "nobody is there who would");
            let _broker = (start == "broker").then(|| managed.broker());
            if start == "boot" {
                guard(managed, "boot").good();
            }
            assert!(page(managed, SITE), "{start}");
            assert_eq!(status(managed)["guard"], "absent");
        }
        assert_eq!(recorded(managed, "revert"), 4);
    });
}

#[test]
fn guard_04_a_guard_that_only_reports_closes_nothing_and_is_never_called_whole() {
    on_plugged_pc(|managed: &Managed| {
        guard(managed, "apply --report-only").good();
        assert!(page(managed, SITE) && page(managed, OWN));
        let told = status(managed);
        assert_eq!(told["guard"], "report-only");
        assert!(told["closed"][0]["packets"].as_u64().unwrap() >= 4, "{told}");
        let text = guard(managed, "status").text();
        assert!(
            text.contains("only reports") && !text.contains("stands") && text.contains("would be refused"),
            "{text}"
        );
        let log = managed.log();
        assert!(log.iter().any(|line| line["rule"] == "dropped" && line["destination"] == SITE), "{log:?}");
        // it is the guard's too: what somebody changes is put back
        guard(managed, "apply").good();
        assert!(!page(managed, SITE), "the twin");
        assert_eq!(status(managed)["guard"], "whole");
    });
}

#[test]
fn guard_05_what_it_refuses_is_counted_and_recorded_and_does_not_fill_the_log() {
    on_plugged_pc(|managed: &Managed| {
        guard(managed, "apply").good();
        let leaving = || status(managed)["closed"][0]["packets"].as_u64().unwrap();
        let before = leaving();
        managed.pc.person.outside(&format!("curl -s -m 1 http://{SITE}/"));
        managed.root("nsenter -t $(cat /run/internet.pid) -n curl -s -m 1 http://192.0.2.130:81/");
        let told = status(managed);
        assert!(leaving() > before && told["closed"][1]["packets"].as_u64().unwrap() > 0, "{told}");
        assert_eq!((&told["guard"], &told["closed"][0]["chain"]), (&"whole".into(), &"leaving".into()));
        let dropped = || managed.log().into_iter().filter(|line| line["rule"] == "dropped").collect::<Vec<_>>();
        let is = |line: &serde_json::Value, chain: &str, to: &str, port: u16| {
            (&line["arguments"][3], &line["destination"], &line["port"]) == (&chain.into(), &to.into(), &port.into())
        };
        let found = |chain: &str, to: &str, port| dropped().into_iter().find(|line| is(line, chain, to, port));
        let out = found("leaving", SITE, 80).unwrap_or_else(|| panic!("{:?}", dropped()));
        assert_eq!((&out["user"], &out["protocol"]), (&54_321.into(), &"tcp".into()));
        let inward = found("entering", "192.0.2.130", 81).unwrap_or_else(|| panic!("{:?}", dropped()));
        assert_eq!(inward["arguments"][1], "192.0.2.129");
        // what a program of anybody's sends again and again is counted, each, and told of a few times
        let lines = dropped().len();
        let flood = "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nfor _ in range(3000):\n try: s.sendto(b'x', ('198.51.100.10', 9))\n except OSError: pass";
        let counted = leaving();
        managed.root(&format!("python3 -I -c \"{flood}\"")).good();
        assert!(leaving() >= counted + 3_000, "{} of 3000", leaving() - counted);
        std::thread::sleep(Duration::from_secs(1));
        let more = dropped().len() - lines;
        assert!((1..=40).contains(&more), "{more}");
    });
}

#[test]
fn guard_06_a_destination_is_open_for_a_time_and_closes_by_itself() {
    on_plugged_pc(|managed: &Managed| {
        let refused = guard(managed, &format!("open {SITE} --for 1h --reason x"));
        assert!(refused.status == 125 && refused.err.contains("has no guard"), "{refused:?}");
        guard(managed, "apply").good();
        let begin = Instant::now();
        guard(managed, &format!("open {SITE}:80 --for 12s --reason 'an update'")).good();
        assert!(page(managed, SITE) && !page(managed, OTHER), "this one, and no other");
        // another port of it is closed: no answer, where an open one is refused by its server
        let knock = |port: u16| managed.root(&format!("curl -s -m 1 http://{SITE}:{port}/")).status;
        assert_eq!(knock(81), 28);
        // nothing comes in but answers
        managed.root("setsid python3 -I -m http.server -d /run/www --bind 192.0.2.130 80 >/dev/null 2>&1 &").good();
        let asks =
            format!("nsenter -t $(cat /run/internet.pid) -n curl -s -m 1 --interface {SITE} http://192.0.2.130/");
        std::thread::sleep(Duration::from_millis(500));
        assert_ne!(managed.root(&asks).status, 0);
        let told = status(managed);
        assert_eq!((&told["guard"], &told["open"][0]["to"]), (&"whole".into(), &format!("{SITE}:80").into()));
        assert_eq!((&told["open"][0]["reason"], &told["open"][0]["user"]), (&"an update".into(), &0.into()));
        assert!(guard(managed, "status").text().contains("an update"));
        // a restart takes it up with what is left of its time, and so does the broker's
        restart(managed);
        guard(managed, "boot").good();
        assert!(page(managed, SITE) && !page(managed, OTHER), "again");
        assert_eq!(status(managed)["guard"], "whole");
        // with nobody there it is the kernel that closes it
        lose_keeper(managed);
        wait_for(PATIENCE, || !page(managed, SITE), || "not closed".into());
        let lasted = begin.elapsed();
        assert!((9..=15).contains(&lasted.as_secs()), "{lasted:?}");
        let _broker = managed.broker();
        assert!(status(managed)["open"].as_array().unwrap().is_empty());
        assert_eq!((recorded(managed, "open"), recorded(managed, "closed")), (2, 1));
        // all of it, and closed before its time: a connection that is there ends as well
        guard(managed, &format!("open {SITE} --for 1h --reason all")).good();
        assert_eq!(knock(81), 7, "refused by the server");
        guard(managed, &format!("open {OTHER}:80 --for 1h --reason b")).good();
        let all = managed.root("nft list set inet sep_guard open 2>&1").text();
        guard(managed, &format!("close {SITE}")).good();
        assert!(!page(managed, SITE) && page(managed, OTHER), "{all}");
        assert_eq!(guard(managed, &format!("close {SITE}")).status, 125, "it is closed");
        guard(managed, &format!("close {OTHER}:80")).good();
        assert_eq!(status(managed)["guard"], "whole");
        // another time takes the place of the former
        for (first, then) in [("3s", "1h"), ("1h", "3s")] {
            for time in [first, then] {
                guard(managed, &format!("open {SITE} --for {time} --reason {first}-{then}")).good();
            }
            assert!(page(managed, SITE));
            std::thread::sleep(Duration::from_secs(5));
            assert_eq!(page(managed, SITE), then == "1h");
            assert_eq!(status(managed)["guard"], "whole");
        }
        assert_eq!((recorded(managed, "closed"), recorded(managed, "restore")), (2, 0));
        // with the keeper: closed to the second, and recorded
        guard(managed, &format!("open {SITE} --for 3s --reason short")).good();
        wait_for(PATIENCE, || recorded(managed, "closed") == 3, || "not recorded".into());
        assert!(!page(managed, SITE));
    });
}

#[test]
fn guard_07_it_stands_before_the_cards_are_there() {
    on_plugged_pc(|managed: &Managed| {
        guard(managed, "boot").good();
        assert!(page(managed, SITE), "none is wanted");
        guard(managed, "apply").good();
        restart(managed);
        managed.root("ip link del eth-biz").good();
        // with no more of root's powers than the unit gives it
        let few = "setpriv --bounding-set=-all,+net_admin --inh-caps=-all --no-new-privs";
        managed.root(&format!("{few} {} guard boot", program("sepctl").display())).good();
        let local = || managed.root("curl -s -m 1 -o /dev/null http://127.0.0.1:8/").status;
        assert!(!page(managed, SITE), "everything is closed");
        assert_eq!(local(), 7, "but the loopback");
        // the card comes, under another name; one that has the name and another address is closed
        let come = |name: &str, mac: &str| {
            let lan = "nsenter -t $(cat /run/business.pid) -n";
            let add =
                format!("ip link add {name} address {mac} type veth peer name lan netns $(cat /run/business.pid)");
            managed
                .root(&format!(
                    "{add} && {lan} ip addr add 10.20.0.10/16 dev lan && {lan} ip link set lan up &&
                ip addr add 10.20.0.50/16 dev {name} && ip link set {name} up"
                ))
                .good();
        };
        come("eth-biz", "02:00:00:0c:00:01");
        std::thread::sleep(Duration::from_secs(1));
        assert!(!page(managed, OWN), "not the card");
        managed.root("ip link del eth-biz").good();
        come("enp3s0", "02:00:00:0b:00:01");
        wait_for(Duration::from_secs(2), || page(managed, OWN), || managed.root("ip addr").text());
        assert!(!page(managed, SITE));
        assert_eq!(status(managed)["guard"], "whole");
        // a site file that is gone opens nothing
        restart(managed);
        managed.root("rm /etc/sep-run/site.json").good();
        guard(managed, "boot").good();
        assert!(!page(managed, SITE) && page(managed, OWN));
        // nor does a file of the guard's that is broken
        restart(managed);
        managed.root("echo '{' >/var/lib/sep-run/guard").good();
        guard(managed, "boot").good();
        assert!(!page(managed, SITE) && !page(managed, OWN), "closed, all of it");
        managed.site(TWO_NETWORKS);
        guard(managed, "apply").good();
        assert!(page(managed, OWN), "mended");
    });
}

/// Keeps the guard as on an older kernel.
fn keep_shared(managed: &Managed) -> Rooted {
    let command = format!("exec {} guard keep --shared", program("sepctl").display());
    let keeper = managed.start_root(["sh", "-c", &command]);
    wait_for(PATIENCE, || managed.root("pgrep -x sep-guard").status == 0, || keeper.complained());
    keeper
}

#[test]
fn guard_08_whoever_flushes_it_does_not_open_the_pc() {
    on_plugged_pc(|managed: &Managed| {
        // the table is its keeper's own, and the next keeper's where that one was killed
        guard(managed, "apply").good();
        for keeper in ["first", "second"] {
            managed.root("nft flush ruleset").good();
            assert!(!page(managed, SITE) && page(managed, OWN), "{keeper}");
            for script in ["nft delete table inet sep_guard", "nft insert rule inet sep_guard leaving accept"] {
                assert_ne!(managed.root(script).status, 0, "{script}");
            }
            assert_eq!((&status(managed)["guard"], recorded(managed, "restore")), (&"whole".into(), 0));
            lose_keeper(managed);
            assert_eq!((&status(managed)["guard"], &status(managed)["kept"]), (&"whole".into(), &false.into()));
            guard(managed, "boot").good();
            assert_eq!(status(managed)["kept"], true);
        }
        guard(managed, "remove --reason x").good();
        assert!(page(managed, SITE), "the twin");

        // where the kernel has no owners it is put back
        let keeper = keep_shared(managed);
        guard(managed, "apply").good();
        let closed = || status(managed)["guard"] == "whole" && !page(managed, SITE);
        assert!(closed());
        let tell = |signal| as_root(|| nix::sys::signal::kill(keeper.pid(), signal)).unwrap();
        for (number, script) in [
            "nft flush ruleset",
            "nft insert rule inet sep_guard leaving accept",
            "nft delete table inet sep_guard",
            "nft add table inet sep_guard '{ flags dormant; }'",
            "nft add chain inet sep_guard mine",
            "nft add set inet sep_guard more '{ type ipv4_addr; }'",
        ]
        .into_iter()
        .enumerate()
        {
            // the control: without its keeper the change stays, and shows
            tell(nix::sys::signal::Signal::SIGSTOP);
            managed.root(script).good();
            assert_ne!(status(managed)["guard"], "whole", "{script}");
            let is_open = page(managed, SITE);
            // an answer is refused where only what leaves was let through
            assert_eq!(is_open, [0, 2, 3].contains(&number), "{script}");
            tell(nix::sys::signal::Signal::SIGCONT);
            let begin = Instant::now();
            wait_for(PATIENCE, || status(managed)["guard"] == "whole", || script.to_owned());
            assert!(begin.elapsed() < Duration::from_secs(2), "{script}: {:?}", begin.elapsed());
            assert!(closed(), "{script}");
            assert_eq!(recorded(managed, "restore"), number + 1, "{script}");
        }
        // what is open is not opened further
        guard(managed, &format!("open {OTHER}:80 --for 1h --reason b")).good();
        managed.root(&format!("nft add element inet sep_guard open {{ {SITE} timeout 1h }}")).good();
        wait_for(PATIENCE, || recorded(managed, "restore") == 7, || "not put back".into());
        assert!(!page(managed, SITE) && page(managed, OTHER));
    });
}
