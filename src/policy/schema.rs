//! The JSON Schema of profiles is generated from the types, here and only in tests: no program needs it.

use schemars::schema_for;

use super::profile::Profile;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/profile.schema.json");

/// `SEP_WRITE=1` writes the file anew.
#[test]
fn the_file_is_what_the_types_say() {
    let mut schema = schema_for!(Profile);
    schema.insert("title".into(), "A profile of sep-run".into());
    let made = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    if std::env::var_os("SEP_WRITE").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap(), made, "SEP_WRITE=1 writes it anew");
}
