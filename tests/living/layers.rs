//! What a launch tells of this kernel's Landlock: only what it lacks of what the zone asks for, once, and to a person.

use super::ready;
use super::watch::View;

/// From this ABI on sockets in shared folders are told apart.
const SOCKETS: u32 = 9;

#[test]
fn a_launch_tells_what_an_older_landlock_does_not_limit() {
    let Some(person) = ready(&[]) else { return };
    let abi: u32 = sep_run::sys::landlock::abi();
    let folder = person.top.join("home/work");
    std::fs::create_dir(&folder).unwrap();
    let share = format!("--share={}", folder.display());
    let line = "connecting to sockets in shared folders";
    // all of it is on the screen before the program says something
    let said = |words: [&str; 6]| {
        let mut view = View::start(&person, words, 24, 200, "C.UTF-8");
        let text = view.until(|text| text.contains("begun"));
        view.ends(0);
        person.settle();
        text
    };
    let shared = said(["sep-run", "--name=one", &share, "strict", "echo", "begun"]);
    assert_eq!(shared.contains(line), abi < SOCKETS, "ABI {abi}: {shared}");
    assert_eq!(
        shared.contains(&format!("this kernel's Landlock (ABI {abi}) does not limit: ")),
        abi < SOCKETS,
        "{shared}"
    );
    assert!(shared.contains("personal mode"), "{shared}");
    let plain = said(["sep-run", "--name=one", "--env=A=b", "strict", "echo", "begun"]);
    assert!(!plain.contains(line), "nothing is shared: {plain}");
    assert_eq!(plain.contains("does not limit"), abi < 6, "ABI {abi}: {plain}");
    let quiet = said(["sep-run", "-q", &share, "strict", "echo", "begun"]);
    assert!(!quiet.contains("does not limit"), "{quiet}");
    let beside = person.run({
        let mut command = person.command(crate::support::program("sep-run"));
        command.args([&share, "strict", "echo", "begun"]);
        command
    });
    assert_eq!(beside.err, "", "no terminal");
}
