//! A PC and its user as plans are made of them in tests.

use sep_run::policy::{Host, XdgFolders};

/// Kim's PC, in Korea.
pub fn host() -> Host {
    Host {
        mode: sep_run::policy::plan::Mode::Personal,
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
