//! The hidden desktop entry that gives a zone's window its icon and name. Pure text; the client writes the file.
//!
//! A desktop finds icon and name of a window by its app_id, in the file `APP_ID.desktop`. The proxy changes the
//! app_id, so there must be a file of the changed name; it is hidden, since the menu entry is another file.

use super::label;

/// The name of the file below `~/.local/share/applications`.
pub fn hidden_entry_name(zone: &str, app_id: &str) -> String {
    format!("{}.desktop", label::app_id(zone, app_id))
}

/// The text of the file for a program with this app_id. `original` is the text of the program's own entry on the
/// PC, whose names, icon and command it takes; what would start something else, or answer links, is left out.
pub fn hidden_entry(zone: &str, app_id: &str, original: Option<&str>) -> String {
    let keys: Vec<(&str, &str)> = original.map(main_group).unwrap_or_default();
    let find = |name: &str| keys.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let name = find("Name").unwrap_or(app_id);
    let mut text = String::from("[Desktop Entry]\nType=Application\nVersion=1.0\nNoDisplay=true\n");
    let mut line = |key: &str, value: &str| {
        let clean: String = value.chars().filter(|c| !c.is_control()).collect();
        text.push_str(&format!("{key}={clean}\n"));
    };
    line("Name", &format!("{name} ({})", mark(zone, "")));
    let korean = find("Name[ko]").unwrap_or(name);
    line("Name[ko]", &format!("{korean} ({})", mark(zone, "ko")));
    for (key, value) in keys.iter().filter(|(key, _)| is_locale(key) && *key != "Name[ko]") {
        line(key, &format!("{value} ({})", mark(zone, "")));
    }
    line("Icon", find("Icon").unwrap_or(app_id));
    line("Exec", &format!("sep-run {zone} -- {}", find("Exec").unwrap_or(plain(app_id))));
    line("StartupWMClass", &label::app_id(zone, app_id));
    text
}

/// The value of a key in the group `[Desktop Entry]` of an entry's text.
pub fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    main_group(text).into_iter().find(|(found, _)| *found == key).map(|(_, value)| value)
}

/// Keys and values of the group `[Desktop Entry]`, which is the first; later groups are actions.
fn main_group(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().map(str::trim).skip_while(|line| *line != "[Desktop Entry]").skip(1);
    let group = lines.take_while(|line| !line.starts_with('['));
    group.filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim(), value.trim())).collect()
}

fn is_locale(key: &str) -> bool {
    let inner = key.strip_prefix("Name[").and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|l| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || "_@.-".contains(c)))
}

/// The word for the zone beside a name.
fn mark<'a>(zone: &'a str, language: &str) -> &'a str {
    match (zone, language) {
        ("internet", "ko") => "인터넷",
        ("internet", _) => "Internet",
        (other, _) => other,
    }
}

/// An app_id as a command, where it can be one as it stands.
fn plain(app_id: &str) -> &str {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !app_id.starts_with('-') && app_id.chars().all(fine) { app_id } else { "false" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIREFOX: &str = "# comment\n[Desktop Entry]\nName=Firefox ESR\nName[de]=Firefox ESR\nName[ko]=파이어폭스\n\
        Exec=/usr/lib/firefox-esr/firefox-esr %u\nIcon=firefox-esr\nTryExec=x\nDBusActivatable=true\n\
        MimeType=text/html;\nActions=New;\n\n[Desktop Action New]\nName=New Window\nExec=firefox-esr --new-window\n";

    #[test]
    fn firefox() {
        let expected = "[Desktop Entry]\nType=Application\nVersion=1.0\nNoDisplay=true\n\
            Name=Firefox ESR (Internet)\nName[ko]=파이어폭스 (인터넷)\nName[de]=Firefox ESR (Internet)\n\
            Icon=firefox-esr\nExec=sep-run internet -- /usr/lib/firefox-esr/firefox-esr %u\n\
            StartupWMClass=internet.firefox-esr\n";
        assert_eq!(hidden_entry("internet", "firefox-esr", Some(FIREFOX)), expected);
        assert_eq!(hidden_entry_name("internet", "firefox-esr"), "internet.firefox-esr.desktop");
    }

    #[test]
    fn without_an_original_the_app_id_is_name_icon_and_command() {
        let text = hidden_entry("lab", "foot", None);
        assert!(
            text.contains("\nName=foot (lab)\nName[ko]=foot (lab)\nIcon=foot\nExec=sep-run lab -- foot\n"),
            "{text}"
        );
    }

    #[test]
    fn a_hostile_app_id_adds_no_line() {
        let text = hidden_entry("internet", "x\nExec=evil\n[Desktop Action a]", None);
        assert_eq!(text.lines().filter(|l| l.starts_with("Exec=")).count(), 1, "{text}");
        assert!(text.contains("\nExec=sep-run internet -- false\n"), "{text}");
        assert_eq!(text.lines().filter(|l| l.starts_with('[')).count(), 1, "{text}");
    }
}
