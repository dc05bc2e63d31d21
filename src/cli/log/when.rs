//! A time as people type it. Without an offset it is the wall clock of this PC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::audit::from_utc;
use crate::sys::clock;

/// The time that is meant: a while ago (`2h`), a day (`today`, `yesterday`, `2026-11-24`), a time of today (`09:30`), of a
/// day (`2026-11-24T09:30`), or one with its offset (RFC 3339). Nothing where it is none of these.
pub fn parse(text: &str, now: SystemTime) -> Option<SystemTime> {
    ago(text, now).or_else(|| from_utc(text)).or_else(|| local(text, now))
}

fn ago(text: &str, now: SystemTime) -> Option<SystemTime> {
    let seconds = text.strip_suffix('w').map_or_else(|| span(text), |weeks| times(weeks, 604_800))?;
    now.checked_sub(Duration::from_secs(seconds)).or(Some(UNIX_EPOCH))
}

/// `30m` in seconds: of seconds, minutes, hours or days.
pub fn span(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    match unit {
        "s" => times(number, 1),
        "m" => times(number, 60),
        "h" => times(number, 3_600),
        "d" => times(number, 86_400),
        _ => None,
    }
}

fn times(number: &str, seconds: u64) -> Option<u64> {
    u64::try_from(digits(number)?).ok()?.checked_mul(seconds)
}

fn local(text: &str, now: SystemTime) -> Option<SystemTime> {
    let seconds = i64::try_from(now.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?;
    let [year, month, day, ..] = clock::wall(seconds)?;
    let wall = match text {
        "today" => [year, month, day, 0, 0, 0],
        "yesterday" => {
            // noon less a day is yesterday, however long its hours were
            let noon = clock::seconds([year, month, day, 12, 0, 0])?;
            let [year, month, day, ..] = clock::wall(noon - 86_400)?;
            [year, month, day, 0, 0, 0]
        }
        _ => match text.split_once(['T', ' ']) {
            Some((date, time)) => both(date_of(date)?, time_of(time)?),
            None => time_of(text)
                .map(|time| both([year, month, day], time))
                .or_else(|| Some(both(date_of(text)?, [0; 3])))?,
        },
    };
    let seconds = u64::try_from(clock::seconds(wall)?).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn both([year, month, day]: [i32; 3], [hour, minute, second]: [i32; 3]) -> clock::Wall {
    [year, month, day, hour, minute, second]
}

fn date_of(text: &str) -> Option<[i32; 3]> {
    let mut words = text.split('-').map(digits);
    let date = [words.next()??, words.next()??, words.next()??];
    words.next().is_none().then_some(date)
}

fn time_of(text: &str) -> Option<[i32; 3]> {
    let mut words = text.split(':').map(digits);
    let time = [words.next()??, words.next()??, words.next().unwrap_or(Some(0))?];
    let [hour, minute, second] = time;
    (words.next().is_none() && hour < 24 && minute < 60 && second < 60).then_some(time)
}

fn digits(text: &str) -> Option<i32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::utc;

    /// 2026-11-25 03:00 in UTC.
    fn now() -> SystemTime {
        from_utc("2026-11-25T03:00:00Z").unwrap()
    }

    fn at(text: &str) -> Option<String> {
        parse(text, now()).map(utc)
    }

    #[test]
    fn a_while_ago_and_times_with_an_offset_are_the_same_everywhere() {
        assert_eq!(at("2h").as_deref(), Some("2026-11-25T01:00:00.000Z"));
        assert_eq!(at("90s").as_deref(), Some("2026-11-25T02:58:30.000Z"));
        assert_eq!(at("1w").as_deref(), Some("2026-11-18T03:00:00.000Z"));
        assert_eq!(at("2026-11-24T09:30:00+09:00").as_deref(), Some("2026-11-24T00:30:00.000Z"));
    }

    #[test]
    fn without_an_offset_it_is_the_wall_clock() {
        let wall = |text: &str| {
            let seconds = parse(text, now()).unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs();
            clock::wall(seconds as i64).unwrap()
        };
        let [year, month, day, ..] = wall("0s");
        assert_eq!(wall("today"), [year, month, day, 0, 0, 0]);
        assert_eq!(wall("09:30"), [year, month, day, 9, 30, 0]);
        assert_eq!(wall("2026-11-24"), [2026, 11, 24, 0, 0, 0]);
        assert_eq!(wall("2026-11-24T23:59:58"), [2026, 11, 24, 23, 59, 58]);
        assert!(wall("yesterday") < wall("today"));
    }

    #[test]
    fn what_is_no_time_is_nothing() {
        for text in ["", "h", "-2h", "2y", "tomorrow", "25:00", "09:75", "2026-02-30", "2026-13-01", "2026-11", "９:30"]
        {
            assert_eq!(at(text), None, "{text}");
        }
    }
}
