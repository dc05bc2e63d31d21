//! Sizes and times as people read them, the same in every list.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::sys::clock;

/// Bytes in powers of ten, as disks are sold: `1.5 MB`.
pub(super) fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let unit = units.iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(|| format!("{bytes} B"), |(unit, name)| format!("{:.1} {name}", bytes as f64 / *unit as f64))
}

/// The wall clock of this PC at a time, to the second; `None` for one that it never shows.
pub(super) fn moment(time: SystemTime) -> Option<String> {
    moment_of(i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?)
}

/// The same of seconds since 1970 in UTC, which may be before it.
pub(super) fn moment_of(seconds: i64) -> Option<String> {
    let [year, month, day, hour, minute, second] = clock::wall(seconds)?;
    Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_powers_of_ten() {
        assert_eq!((size(0), size(999), size(1_000)), ("0 B".into(), "999 B".into(), "1.0 kB".into()));
        assert_eq!((size(1_500_000), size(2_000_000_000)), ("1.5 MB".into(), "2.0 GB".into()));
    }

    #[test]
    fn a_moment_is_that_of_the_wall_clock() {
        let now = SystemTime::now();
        let said = moment(now).unwrap();
        assert!(said.len() == 19 && said.starts_with("20"), "{said}");
        assert_eq!(moment_of(now.duration_since(UNIX_EPOCH).unwrap().as_secs() as i64), Some(said));
        assert_eq!(moment_of(i64::MAX), None);
        assert!(moment_of(-86_400 * 400).is_some_and(|said| said.starts_with("1968")));
    }
}
