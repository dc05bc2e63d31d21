//! Hints about containers, in real ones of podman.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

use crate::hint::{hint, mend};
use crate::pc::cover;
use crate::support::{fork_wait, needs, program};

/// A place for containers whose /usr is the PC's.
struct Engine(PathBuf);

/// How a command ended that ran in a container, with both of what it wrote.
struct Done {
    status: Option<i32>,
    said: String,
}

fn with_podman(body: impl FnOnce(&Engine)) {
    if !needs(&["root", "netns", "userns", "podman"]) {
        return;
    }
    fork_wait(|| {
        unshare(CloneFlags::CLONE_NEWNS).unwrap();
        let none = None::<&str>;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
        let _ = umount2("/sys/fs/cgroup", MntFlags::MNT_DETACH);
        mount(Some("cgroup2"), "/sys/fs/cgroup", Some("cgroup2"), MsFlags::empty(), none).unwrap();
        ["/run", "/dev/shm"].iter().for_each(cover);
        let engine = Engine::new();
        body(&engine);
        fs::remove_dir_all(&engine.0).unwrap();
    });
}

impl Engine {
    fn new() -> Self {
        let top = std::env::temp_dir().join(format!("pod{}", std::process::id()));
        for folder in ["root/etc", "root/proc", "root/sys", "root/dev", "root/tmp", "root/run", "root/usr", "bin"] {
            fs::create_dir_all(top.join(folder)).unwrap();
        }
        for name in ["bin", "sbin", "lib", "lib64"] {
            symlink(format!("usr/{name}"), top.join("root").join(name)).unwrap();
        }
        fs::write(top.join("root/etc/passwd"), "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n").unwrap();
        for name in ["sep-run", "sepctl", "sep-desktop"] {
            fs::copy(program(name), top.join("bin").join(name)).unwrap();
        }
        fs::set_permissions(&top, fs::Permissions::from_mode(0o755)).unwrap();
        Self(top)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Runs a command line in a new container with further options.
    fn run(&self, options: &[&str], line: &str) -> Done {
        let at = |name: &str| self.0.join(name).display().to_string();
        let mut podman = Command::new("podman");
        podman.args(["--root", &at("store"), "--runroot", &at("run"), "--tmpdir", &at("tmp"), "--runtime", "crun"]);
        podman.args(["--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--events-backend=none", "run", "--rm"]);
        podman.args(["--cgroups=disabled", "--network=none", "--log-driver=none", "--user=1000", "--cap-drop=all"]);
        podman.args(["--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096", "--tmpfs=/tmp:mode=1777"]);
        podman.args(["--volume=/usr:/usr:ro", &format!("--volume={}:/opt/bin:ro", at("bin")), "--env=LC_ALL=C"]);
        podman.args(["--env=PATH=/opt/bin:/usr/bin", "--env=HOME=/tmp"]).args(options);
        podman.args([
            "--rootfs",
            &at("root"),
            "/bin/sh",
            "-c",
            &format!("{line} >/tmp/all 2>&1; s=$?; cat /tmp/all; exit $s"),
        ]);
        let out = self.0.join("out");
        podman.stdin(Stdio::null()).stderr(fs::File::create(self.0.join("err")).unwrap());
        let status = podman.stdout(fs::File::create(&out).unwrap()).status().unwrap();
        let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        let said = read(&out);
        println!("{line} {options:?}: {status} {said} {}", read(&self.0.join("err")));
        Done { status: status.code(), said }
    }
}

const FIRST: &str = "sep-run office echo ran";
/// A profile that allows everything.
const OPEN: &str = "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}";
const LOOK: &str = "sepctl doctor office";

#[test]
fn a_container_that_forbids_namespaces() {
    with_podman(|engine| {
        let like_docker = engine.file("closed.json", include_str!("../containers/docker-like.json"));
        let open = engine.file("open.json", OPEN);
        let unmask = ["--security-opt", "unmask=ALL"];
        let closed = format!("seccomp={}", like_docker.display());
        let closed = [&unmask[..], &["--security-opt", &closed]].concat();
        let tried = engine.run(&closed, FIRST);
        assert_eq!(tried.status, Some(125));
        let launch = hint(&tried.said, "code-no-userns.hint[container]");
        let looked = engine.run(&closed, LOOK);
        assert_eq!(looked.status, Some(1));
        let doctor = mend(&looked.said, "why-userns-container.mend");
        for words in [launch, doctor] {
            let option = words.rsplit_once("--security-opt ").unwrap().1.trim_end_matches(')');
            let option = option.replace("FILE", open.to_str().unwrap());
            let opened = [&unmask[..], &["--security-opt", &option]].concat();
            let done = engine.run(&opened, FIRST);
            assert_eq!((done.status, done.said.trim()), (Some(0), "ran"));
            assert_eq!(engine.run(&opened, LOOK).status, Some(0));
        }
    });
}

#[test]
fn a_container_that_covers_proc() {
    with_podman(|engine| {
        // podman's own filter lets namespaces be made and refuses the host name in them, which is another matter
        let filter = format!("--security-opt=seccomp={}", engine.file("open.json", OPEN).display());
        let looked = engine.run(&[&filter], LOOK);
        assert_eq!(looked.status, Some(1));
        let words = mend(&looked.said, "why-proc-covered.mend");
        let option = words.rsplit_once("podman: ").map_or(&*words, |w| w.1).trim_end_matches(')');
        let option: Vec<&str> = option.split(' ').chain([&*filter]).collect();
        assert_eq!(engine.run(&option, LOOK).status, Some(0));
        let done = engine.run(&option, FIRST);
        assert_eq!((done.status, done.said.trim()), (Some(0), "ran"));
    });
}
