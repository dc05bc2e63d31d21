//! What a zone keeps between runs: its home, its machine id and its prepared /etc.

use std::fs;
use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, lchown};
use std::path::{Path, PathBuf};

use super::{etc, home, zones};
use crate::files::hex;
use crate::policy::Plan;
use crate::policy::plan::{Ids, Mode};
use crate::sys::mount::{Attributes, open_tree, restrict_tree};
use crate::wire::{Code, Failure, Stage};

/// Makes the zone's folders and its /etc ready. Called under the zone's lock while no zone runs.
///
/// What init can not reach by itself comes back open.
pub fn prepare(plan: &Plan) -> Result<Vec<OwnedFd>, Failure> {
    zones::own_folder(&plan.store.data)?;
    match plan.mode {
        Mode::Personal => {
            home::recover(&plan.store.data).map_err(say("complete", &plan.store.data))?;
            zones::own_folder(&plan.home_on_host())?;
        }
        Mode::Managed { zone, .. } => home_of(&plan.home_on_host(), zone)?,
    }
    let id = machine_id(&plan.store.data.join("machine-id"))?;
    etc::prepare(plan, &id)?;
    if plan.mode == Mode::Personal { Ok(Vec::new()) } else { trees(plan) }
}

/// A home that is the zone's own in a folder that nobody but root can enter: so nobody puts another in its place. It gets
/// its name when it has its owner, so whoever is killed in between leaves none that is not the zone's.
fn home_of(home: &Path, zone: Ids) -> Result<(), Failure> {
    if !fs::exists(home).map_err(say("look at", home))? {
        let new = home.with_extension("new");
        match fs::DirBuilder::new().mode(0o700).create(&new) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
        .and_then(|()| lchown(&new, Some(zone.uid), Some(zone.gid)))
        .and_then(|()| fs::rename(&new, home))
        .map_err(say("create", home))?;
    }
    let found = fs::symlink_metadata(home).map_err(say("look at", home))?;
    let is_own = found.is_dir() && (found.uid(), found.gid()) == (zone.uid, zone.gid);
    if is_own {
        Ok(())
    } else {
        Err(Failure::new(Stage::Authorise, Code::Foreign, &[&home.to_string_lossy(), "owner"]))
    }
}

/// The zone's /etc and home, without their way through folders of root's.
fn trees(plan: &Plan) -> Result<Vec<OwnedFd>, Failure> {
    let etc = (plan.store.data.join("etc"), Attributes::FOR_READING.and(Attributes::NO_EXEC));
    let home = (plan.home_on_host(), Attributes::FOR_WRITING);
    let kept = if plan.files.memory_home { vec![etc] } else { vec![etc, home] };
    let opened = |(path, attributes): (PathBuf, Attributes)| {
        let tree = open_tree(&path).map_err(say("open", &path))?;
        restrict_tree(tree.as_fd(), attributes).map_err(say("restrict", &path))?;
        Ok(tree)
    };
    kept.into_iter().map(opened).collect()
}

/// The zone's machine id: random, made once. It is not the PC's, which programs would report.
fn machine_id(path: &Path) -> Result<String, Failure> {
    // one that a full disk cut short is made anew
    if let Some(id) = fs::read_to_string(path).ok().filter(|id| is_whole(id)) {
        return Ok(id);
    }
    let mut random = [0; 16];
    fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut random)).map_err(say("read", path))?;
    let id = hex(&random) + "\n";
    fs::write(path, &id).map_err(say("write", path))?;
    Ok(id)
}

/// Whether it has the form of machine-id(5).
fn is_whole(id: &str) -> bool {
    let digits = id.strip_suffix('\n').unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn say<E: Into<std::io::Error>>(verb: &'static str, path: &Path) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Resolve, verb, path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_whose_making_was_cut_short_is_made() {
        let folder = std::env::temp_dir().join(format!("sep-run-home-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("home.new")).unwrap();
        let own = std::fs::metadata(&folder).unwrap();
        let zone = Ids { uid: own.uid(), gid: own.gid() };
        for _ in 0..2 {
            super::home_of(&folder.join("home"), zone).unwrap();
        }
        assert!(folder.join("home").is_dir() && !folder.join("home.new").exists());
        let other = Ids { uid: own.uid() + 1, ..zone };
        assert_eq!(super::home_of(&folder.join("home"), other).unwrap_err().code, Code::Foreign);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_machine_id_that_was_cut_short_is_made_anew_and_a_whole_one_is_kept() {
        let path = std::env::temp_dir().join(format!("sep-run-machine-id-{}", std::process::id()));
        for cut in ["", "0123", "not a machine id, but of the right length\n"] {
            std::fs::write(&path, cut).unwrap();
            let made = super::machine_id(&path).unwrap();
            assert!(super::is_whole(&made), "{cut:?}: {made:?}");
            assert_eq!(super::machine_id(&path).unwrap(), made);
        }
        std::fs::remove_file(path).unwrap();
    }
}
