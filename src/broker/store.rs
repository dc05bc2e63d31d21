//! What a zone keeps between runs: its home, its machine id and its prepared /etc.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::{etc, home, zones};
use crate::files::hex;
use crate::policy::Plan;
use crate::wire::{Failure, Stage};

/// Makes the zone's folders and its /etc ready. Called under the zone's lock while no zone runs.
pub fn prepare(plan: &Plan) -> Result<(), Failure> {
    zones::own_folder(&plan.store.data)?;
    home::recover(&plan.store.data).map_err(say("complete", &plan.store.data))?;
    zones::own_folder(&plan.home_on_host())?;
    let id = machine_id(&plan.store.data.join("machine-id"))?;
    etc::prepare(plan, &id)
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
