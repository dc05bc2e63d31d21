//! What a zone keeps between runs: its home, its machine id and its prepared /etc.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::{etc, zones};
use crate::policy::Plan;
use crate::wire::{Failure, Stage};

/// Makes the zone's folders and its /etc ready. Called under the zone's lock while no zone runs.
pub fn prepare(plan: &Plan) -> Result<(), Failure> {
    zones::own_folder(&plan.store.data)?;
    zones::own_folder(&plan.home_on_host())?;
    let id = machine_id(&plan.store.data.join("machine-id"))?;
    etc::prepare(plan, &id)
}

/// The zone's machine id: random, made once. It is not the PC's, which programs would report.
fn machine_id(path: &Path) -> Result<String, Failure> {
    if let Ok(id) = fs::read_to_string(path) {
        return Ok(id);
    }
    let mut random = [0; 16];
    fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut random)).map_err(say("read", path))?;
    let id: String = random.iter().map(|byte| format!("{byte:02x}")).chain(["\n".to_owned()]).collect();
    fs::write(path, &id).map_err(say("write", path))?;
    Ok(id)
}

fn say<E: Into<std::io::Error>>(verb: &'static str, path: &Path) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Resolve, verb, path.display())
}
