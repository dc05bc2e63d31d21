//! DRAFT
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::path::PathBuf;

use sep_run::policy::plan::*;
use sep_run::wire::*;

fn main() {
    let uid = nix::unistd::getuid().as_raw();
    let home = PathBuf::from(std::env::var("HOME").unwrap());
    let run = PathBuf::from(std::env::var("XDG_RUNTIME_DIR").unwrap());
    let s = |v: &str| v.to_owned();
    let plan = Plan {
        zone: s("internet"),
        profile: s("internet"),
        person: Person {
            uid,
            gid: nix::unistd::getgid().as_raw(),
            name: s("kim"),
            home: "/home/kim".into(),
            hostname: s("internet"),
        },
        store: Store {
            data: home.join(".local/share/sep-run/internet"),
            runtime: run.join("sep-run/internet"),
            audit: home.join("audit"),
        },
        files: Files {
            read_only: vec!["/usr".into(), "/opt".into()],
            etc: vec![s("alternatives"), s("fonts"), s("ssl/certs"), s("ld.so.cache")],
            exec_home: false,
            gpu: false,
            scratch_mib: 512,
        },
        env: vec![(s("PATH"), s("/usr/local/bin:/usr/bin:/bin")), (s("HOME"), s("/home/kim"))],
        programs: vec![],
        seals: Seals { nested_namespaces: std::env::var("FLAT").is_err(), landlock_min_abi: 1 },
        limits: Limits { memory_mib: None, processes: None, cpu_weight: None, open_files: None, required: false },
        card: Card::None,
        display: false,
        bus: false,
    };
    let argv: Vec<OsString> = std::env::args_os().skip(1).collect();
    let end = (|| -> Result<u8, Failure> {
        let zone = sep_run::broker::zone(&plan, sep_run::sandbox::init::run)?;
        let launch = Launch {
            argv,
            env: vec![],
            stdio: [Stdio::Null, Stdio::Passed, Stdio::Passed],
            window: WindowSize { rows: 0, columns: 0 },
            plan: plan.digest(),
        };
        zone.tell(Stage::Run, &ToInit::Launch(launch), &[std::io::stdout().as_fd(), std::io::stderr().as_fd()])?;
        loop {
            match zone.reply(Stage::Attach)? {
                Some((FromInit::Exited(s), _)) => return Ok(s as u8),
                Some((FromInit::Signalled(s), _)) => return Ok(128 + s as u8),
                Some((FromInit::Failed(f), _)) => return Err(f),
                None => return Err(Failure::new(Stage::Attach, Code::ZoneEnded, &[""])),
                Some(_) => {}
            }
        }
    })();
    match end {
        Ok(s) => std::process::exit(s.into()),
        Err(f) => {
            eprintln!("{f:?} {}", std::io::Error::from_raw_os_error(f.errno));
            std::process::exit(f.exit_status().into())
        }
    }
}
