//! The JSON Schema of profiles and of the site is generated from the types, here and only in tests: no program needs it.

use schemars::schema_for;

use super::profile::Profile;
use super::site::Site;

/// `SEP_WRITE=1` writes the file anew.
#[cfg(test)]
fn is_written(name: &str, title: &str, mut schema: schemars::Schema) {
    let file = format!("{}/profiles/{name}", env!("CARGO_MANIFEST_DIR"));
    schema.insert("title".into(), title.into());
    let made = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    if std::env::var_os("SEP_WRITE").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), made, "SEP_WRITE=1 writes it anew");
}

#[test]
fn the_files_are_what_the_types_say() {
    is_written("profile.schema.json", "A profile of sep-run", schema_for!(Profile));
    is_written("site.schema.json", "What an organisation decides about a PC with sep-run", schema_for!(Site));
}
