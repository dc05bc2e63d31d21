//! Profile and PC to a plan: the only place where a zone is decided. Pure: the same facts give the same plan.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::entry::Entry;
use super::host::Host;
use super::lan;
use super::layers::Merged;
use super::plan::{Card, Files, Limits, Mode, Person, Plan, Relay, Seals, Shared};
use super::problem::{Problem, ProblemKind};
use super::profile::{CardKind, Launch, Network, Profile, Travelling};
use super::switches::Share;
use crate::wire::{Failure, Stage};

/// Entries of the PC's /etc that programs of a zone need. Copied where they are there; none is secret, and none
/// says who or where the PC is: passwd, group, hosts, hostname, machine-id, resolv.conf and nsswitch.conf are made
/// for the zone.
const ETC: &[&str] = &[
    // the loader, and programs by their alternatives
    "alternatives",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    // names of things
    "debian_version",
    "ethertypes",
    "gai.conf",
    "host.conf",
    "lsb-release",
    "magic",
    "magic.mime",
    "mailcap",
    "mime.types",
    "networks",
    "os-release",
    "papersize",
    "protocols",
    "rpc",
    "services",
    "shells",
    // language and time
    "default/locale",
    "locale.alias",
    "locale.conf",
    "localtime",
    "timezone",
    // certificates: the public ones only, never ssl/private
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "gnutls",
    "java-17-openjdk",
    "java-21-openjdk",
    "java-25-openjdk",
    "pki/ca-trust",
    "pki/tls/certs",
    "ssl/certs",
    "ssl/openssl.cnf",
    // shells and terminal programs
    "bash.bashrc",
    "bash_completion.d",
    "gitconfig",
    "inputrc",
    "nanorc",
    "perl",
    "profile",
    "profile.d",
    "python3",
    "python3.11",
    "python3.12",
    "python3.13",
    "screenrc",
    "skel",
    "ssh/ssh_config",
    "ssh/ssh_config.d",
    "terminfo",
    "tmux.conf",
    "vim",
    "wgetrc",
    "zsh",
    // graphics, type, sound, input
    "X11/Xresources",
    "X11/xkb",
    "alsa",
    "dconf",
    "drirc",
    "egl",
    "fonts",
    "glvnd",
    "gtk-2.0",
    "gtk-3.0",
    "gtk-4.0",
    "openal",
    "OpenCL",
    "pango",
    "pulse/client.conf",
    "vdpau_wrapper.cfg",
    "vulkan",
    "xdg",
    "xml",
    // spelling, printing to a file, office
    "dictionaries-common",
    "ghostscript",
    "hunspell",
    "libreoffice",
    "libpaper.d",
    "poppler",
    "sane.d",
    "sgml",
    // browsers and mail, with the policies of the organisation
    "chromium",
    "chromium-browser",
    "chromium.d",
    "firefox",
    "firefox-esr",
    "opt/chrome",
    "opt/edge",
    "thunderbird",
];

const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";

/// What the zone will be. Errors: `BadProfile` for a folder that would show the user's home.
pub fn resolve(merged: &Merged, host: &Host) -> Result<Plan, Failure> {
    let (profile, zone) = (&merged.profile, merged.zone());
    let person = person(&zone, host);
    can_be_told(host)?;
    Ok(Plan {
        env: environment(profile, &person, host),
        travelling: profile.env.allow.iter().map(|t| t.name().to_owned()).collect(),
        files: files(merged, &person, host)?,
        store: host.store(&zone),
        mode: host.mode,
        programs: profile.programs.iter().map(|(name, real)| (name.to_string(), texts(real))).collect(),
        windows: texts(&profile.windows),
        seals: Seals {
            nested_namespaces: profile.seals.nested_namespaces,
            landlock_min_abi: profile.seals.landlock_min_abi.get() as u32,
            optional: profile.seals.optional.clone(),
        },
        limits: limits(profile),
        card: card(merged, &zone, host)?,
        display: profile.display,
        bus: profile.bus,
        entry: (host.mode != Mode::Personal).then(|| entry(&profile.launch)),
        profile: merged.name.clone(),
        zone,
        person,
    })
}

/// A plan is text, and its digest that of the text: a folder whose name is none would make all plans look the same.
fn can_be_told(host: &Host) -> Result<(), Failure> {
    let folders = [&host.xdg.data, &host.xdg.runtime, &host.xdg.state].into_iter().chain(&host.program_folders);
    match folders.into_iter().find(|folder| folder.to_str().is_none()) {
        None => Ok(()),
        Some(folder) => {
            let not_text = std::io::Error::from_raw_os_error(libc::EILSEQ);
            Err(Failure::system(Stage::Resolve, "use", folder.display(), not_text))
        }
    }
}

pub(super) fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn person(zone: &str, host: &Host) -> Person {
    let home = Path::new("/home").join(&host.login);
    Person { uid: host.uid, gid: host.gid, name: host.login.clone(), home, hostname: zone.to_lowercase() }
}

fn files(merged: &Merged, person: &Person, host: &Host) -> Result<Files, Failure> {
    let files = &merged.profile.files;
    let mut read_only = host.program_folders.clone();
    for folder in &files.read_only {
        let path = PathBuf::from(folder.as_str());
        let shows_home = host.home.starts_with(&path) || path.starts_with(&host.home);
        if shows_home {
            let problem = Problem::new(ProblemKind::BadValue).word(folder.as_str()).expecting("folder");
            return Err(merged.failure("files.read_only", problem));
        }
        if !read_only.iter().any(|shown| path.starts_with(shown)) {
            read_only.push(path);
        }
    }
    Ok(Files {
        read_only,
        shared: merged.switches.shares.iter().map(|share| shared(share, person, host)).collect(),
        memory_home: merged.switches.disposable,
        etc: texts(ETC),
        exec_home: files.exec_home,
        gpu: files.gpu,
        scratch_mib: files.scratch_mib.get(),
    })
}

fn shared(share: &Share, person: &Person, host: &Host) -> Shared {
    let below_home = share.folder.strip_prefix(host.real_home());
    let inside = below_home.map_or_else(|_| share.folder.clone(), |inside| person.home.join(inside));
    Shared { outside: share.folder.clone(), inside, writable: share.writable }
}

fn limits(profile: &Profile) -> Limits {
    let limits = &profile.limits;
    Limits {
        memory_mib: limits.memory_mib.map(|n| n.get()),
        processes: limits.processes.map(|n| n.get()),
        cpu_weight: limits.cpu_weight.map(|n| n.get()),
        open_files: limits.open_files.map(|n| n.get()),
        required: limits.required,
    }
}

fn entry(launch: &Launch) -> Entry {
    let programs = launch.programs.iter().map(|(name, words)| (name.to_string(), texts(words))).collect();
    Entry { stdio: launch.stdio, programs }
}

fn card(merged: &Merged, zone: &str, host: &Host) -> Result<Card, Failure> {
    let network = &merged.profile.network;
    Ok(match network.card {
        CardKind::None => Card::None,
        CardKind::Relay => Card::Relay(relay(network)),
        CardKind::Macvlan => Card::Macvlan(lan::macvlan(merged, zone, host)?),
    })
}

fn relay(network: &Network) -> Relay {
    Relay {
        uplink: network.uplink.as_ref().map(ToString::to_string),
        business: texts(&network.business),
        business_cards: texts(&network.business_cards),
        allow: texts(&network.allow),
        deny: texts(&network.deny),
        names_allowed: network.names_allowed.as_deref().map(texts),
        names_denied: texts(&network.names_denied),
        log: network.log.connections,
    }
}

/// The whole environment beside what travels. A variable of the profile replaces one of ours of the same name.
fn environment(profile: &Profile, person: &Person, host: &Host) -> Vec<(String, String)> {
    let runtime = format!("/run/user/{}", person.uid);
    let home = person.home.to_string_lossy();
    let mut env = vec![
        ("HOME", home.to_string()),
        ("LOGNAME", person.name.clone()),
        ("PATH", PATH.to_owned()),
        ("SHELL", host.shell.clone()),
        ("USER", person.name.clone()),
        ("XDG_CACHE_HOME", format!("{home}/.cache")),
        ("XDG_CONFIG_DIRS", "/etc/xdg".to_owned()),
        ("XDG_CONFIG_HOME", format!("{home}/.config")),
        ("XDG_DATA_DIRS", "/usr/local/share:/usr/share".to_owned()),
        ("XDG_DATA_HOME", format!("{home}/.local/share")),
        ("XDG_RUNTIME_DIR", runtime.clone()),
        ("XDG_STATE_HOME", format!("{home}/.local/state")),
    ];
    if profile.display {
        env.push(("WAYLAND_DISPLAY", "wayland-0".to_owned()));
        env.push(("XDG_SESSION_TYPE", "wayland".to_owned()));
    }
    // without a bus of the zone's own a library would try to start one
    let bus = if profile.bus { format!("unix:path={runtime}/bus") } else { "disabled:".to_owned() };
    env.push(("DBUS_SESSION_BUS_ADDRESS", bus));
    let set = &profile.env.set;
    env.retain(|(name, _)| !set.keys().any(|own| own.as_str() == *name));
    let own = set.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let mut env: Vec<_> = env.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(own).collect();
    env.sort();
    env
}

/// What of the caller's environment travels with a launch, as `NAME=VALUE`: names that `allowed` (the plan's
/// `travelling`) lists, at most one each, values of at most 256 bytes without control characters. Where TZ is
/// allowed and not set, the PC's time zone is told in its place. Nothing else of the caller's shell ever travels.
pub fn travelling(
    env: impl IntoIterator<Item = (OsString, OsString)>,
    allowed: &[String],
    time_zone: Option<&str>,
) -> Vec<OsString> {
    let is_allowed = |name: &OsStr| Travelling::ALL.iter().any(|t| matches(t.name(), name) && named(allowed, t.name()));
    let mut kept: Vec<(OsString, OsString)> =
        env.into_iter().filter(|(name, value)| is_allowed(name) && is_plain(value)).collect();
    if let (Some(zone), true) = (time_zone, is_allowed(OsStr::new("TZ")))
        && !kept.iter().any(|(name, _)| name == "TZ")
    {
        kept.push(("TZ".into(), zone.into()));
    }
    kept.sort();
    kept.dedup_by(|a, b| a.0 == b.0);
    kept.into_iter()
        .map(|(name, value)| OsString::from_vec([name.as_bytes(), b"=", value.as_bytes()].concat()))
        .collect()
}

fn named(allowed: &[String], name: &str) -> bool {
    allowed.iter().any(|a| a == name)
}

fn matches(pattern: &str, name: &OsStr) -> bool {
    match pattern.strip_suffix('*') {
        Some(head) => name.as_bytes().strip_prefix(head.as_bytes()).is_some_and(|rest| {
            !rest.is_empty() && rest.len() <= 32 && rest.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
        }),
        None => name == pattern,
    }
}

/// A path or a control character in one of these has been a way into programs (TZ files, terminfo folders).
fn is_plain(value: &OsStr) -> bool {
    let bytes = value.as_bytes();
    let is_path = bytes.starts_with(b"/") || bytes.starts_with(b":/") || bytes.windows(2).any(|two| two == b"..");
    !is_path && (1..=256).contains(&bytes.len()) && bytes.iter().all(|b| b.is_ascii_graphic())
}

/// Whether a login name can stand in a path and in a line of passwd.
pub(super) fn is_login(name: &str) -> bool {
    let inner = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    inner && (1..=32).contains(&name.len()) && !name.starts_with(['-', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::XdgFolders;
    use crate::policy::layers::{Places, load};
    use crate::wire::Code;

    fn host() -> Host {
        Host {
            mode: crate::policy::plan::Mode::Personal,
            uid: 1000,
            gid: 1000,
            login: "kim".into(),
            shell: "/bin/bash".into(),
            home: "/home/kim".into(),
            xdg: XdgFolders {
                config: "/home/kim/.config".into(),
                data: "/home/kim/.local/share".into(),
                state: "/home/kim/.local/state".into(),
                runtime: "/run/user/1000/sep-run".into(),
            },
            time_zone: Some("Asia/Seoul".into()),
            lan: None,
            program_folders: vec!["/usr".into(), "/opt".into()],
        }
    }

    fn nowhere() -> Places {
        Places { folders: Vec::new(), programs: Vec::new() }
    }

    fn told(env: &[(&str, &str)], allowed: &[&str]) -> Vec<OsString> {
        let allowed: Vec<String> = allowed.iter().map(|a| (*a).to_owned()).collect();
        travelling(env.iter().map(|(n, v)| (n.into(), v.into())), &allowed, Some("Asia/Seoul"))
    }

    #[test]
    fn a_folder_whose_name_is_no_text_makes_no_plan() {
        let mut host = host();
        host.xdg.data = PathBuf::from(OsString::from_vec(b"/home/kim/\xff".to_vec()));
        let failure = resolve(&load("internet", &nowhere()).unwrap(), &host).unwrap_err();
        assert_eq!((failure.stage, failure.errno), (Stage::Resolve, libc::EILSEQ));
        host.xdg.data = "/home/kim/데이터".into();
        assert!(!resolve(&load("internet", &nowhere()).unwrap(), &host).unwrap().to_json().is_empty(), "the twin");
    }

    #[test]
    fn the_plan_of_the_internet_profile() {
        let plan = resolve(&load("internet", &nowhere()).unwrap(), &host()).unwrap();
        assert_eq!(plan.store.data, Path::new("/home/kim/.local/share/sep-run/internet"));
        assert_eq!(plan.store.runtime, Path::new("/run/user/1000/sep-run/internet"));
        assert_eq!(plan.store.audit, Path::new("/home/kim/.local/state/sep-run/audit.jsonl"));
        assert_eq!((plan.person.home.as_path(), plan.person.hostname.as_str()), (Path::new("/home/kim"), "internet"));
        assert!(plan.seals.nested_namespaces && plan.display && plan.bus);
        assert!(matches!(plan.card, Card::Relay(_)));
        assert_eq!(serde_json::from_str::<Plan>(&plan.to_json()).unwrap(), plan);
        let mut names: Vec<_> = plan.env.iter().map(|(name, _)| name).collect();
        names.dedup();
        assert_eq!(names.len(), plan.env.len(), "each variable once");
    }

    #[test]
    fn the_strict_plan_opens_less() {
        let plan = resolve(&load("strict", &nowhere()).unwrap(), &host()).unwrap();
        assert!(!plan.seals.nested_namespaces && !plan.display && !plan.files.gpu && !plan.files.exec_home);
        assert!(plan.env.iter().all(|(name, _)| name != "WAYLAND_DISPLAY"));
        assert!(matches!(resolve(&load("office", &nowhere()).unwrap(), &host()).unwrap().card, Card::None));
    }

    #[test]
    fn etc_holds_nothing_that_is_made_for_the_zone_or_secret() {
        let secret =
            ["passwd", "group", "shadow", "gshadow", "hosts", "hostname", "machine-id", "resolv.conf", "nsswitch.conf"];
        let folders =
            ["ssl", "ssl/private", "ssh", "pki", "pki/tls", "default", "sudoers", "krb5.keytab", "pulse", "opt"];
        for entry in ETC {
            assert!(!secret.contains(entry) && !folders.contains(entry), "{entry}");
            assert!(!entry.starts_with('/') && !entry.contains(".."), "{entry}");
        }
    }

    #[test]
    fn a_folder_that_shows_the_home_is_refused() {
        let folder = std::env::temp_dir().join(format!("sep-run-resolve-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("wide.json"), "{\n  \"files\": {\"read_only\": [\"/srv/kim\"]}\n}").unwrap();
        let merged = load("wide", &Places { folders: vec![folder.clone()], ..nowhere() }).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(resolve(&merged, &host()).unwrap().files.read_only.last().unwrap(), Path::new("/srv/kim"));
        let failure = resolve(&merged, &Host { home: "/srv/kim/home".into(), ..host() }).unwrap_err();
        assert_eq!(failure.code, Code::BadProfile);
        assert_eq!(&failure.args[1..4], ["2", "26", "bad-value"]);
    }

    #[test]
    fn only_five_kinds_of_variables_travel() {
        let env = [("LC_TIME", "ko_KR.UTF-8"), ("LANG", "C"), ("PATH", "/x"), ("TERM", "xterm"), ("LD_PRELOAD", "x")];
        let all = ["LANG", "LC_*", "TZ", "TERM", "COLORTERM"];
        assert_eq!(told(&env, &all), ["LANG=C", "LC_TIME=ko_KR.UTF-8", "TERM=xterm", "TZ=Asia/Seoul"]);
        assert_eq!(told(&env, &["TERM"]), ["TERM=xterm"]);
        assert_eq!(told(&env, &["PATH", "LD_PRELOAD"]), [""; 0], "a plan can not open more");
    }

    #[test]
    fn values_that_lead_elsewhere_stay_outside() {
        let all = ["LANG", "LC_*", "TZ", "TERM"];
        for (name, value) in
            [("TERM", "/tmp/x"), ("LANG", "a b"), ("TERM", "../x"), ("LC_", "C"), ("LC_a", "C"), ("LANG", "")]
        {
            assert_eq!(told(&[(name, value)], &all), ["TZ=Asia/Seoul"], "{name}={value}");
        }
        assert_eq!(told(&[("TZ", ":/etc/shadow")], &all), ["TZ=Asia/Seoul"]);
        assert_eq!(told(&[("TZ", "UTC"), ("TZ", "UTC")], &all), ["TZ=UTC"]);
    }
}
