//! The time of an event, as RFC 3339 writes it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time in UTC with milliseconds: `2026-11-24T21:07:27.125Z`. Before 1970 it is 1970.
pub fn utc(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// Days since 1970 to year, month, day. Years begin in March here, so that the leap day is the last of a year.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + era * 400 + next, month, day)
}

/// A time as RFC 3339 writes it, with `Z` or an offset; nothing where it is no such time.
pub fn from_utc(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let (time, offset) = offset(time)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let is_time = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    let days = is_time.then(|| days(year, month, day)).flatten()?;
    let seconds = (days * 86_400 + hour * 3_600 + minute * 60 + second).checked_add_signed(-offset)?;
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit()) && !fraction.is_empty();
    let millis: u64 = digits.then(|| format!("{fraction:0<3}").get(..3)?.parse().ok()).flatten()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds) + Duration::from_millis(millis))
}

/// A time of the day, and its seconds before UTC.
fn offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let (time, offset) = time.split_at_checked(time.rfind(['+', '-'])?)?;
    let (sign, words) = offset.split_at_checked(1)?;
    let [hours, minutes] = numbers(words, ':', [2, 2])?;
    let seconds = i64::try_from(hours * 3_600 + minutes * 60).ok().filter(|_| hours < 24 && minutes < 60)?;
    Some((time, if sign == "-" { -seconds } else { seconds }))
}

/// So many numbers, each of so many digits.
fn numbers<const N: usize>(text: &str, sign: char, digits: [usize; N]) -> Option<[u64; N]> {
    let mut words = text.split(sign);
    let mut found = [0; N];
    for (number, digits) in found.iter_mut().zip(digits) {
        let word = words.next().filter(|w| w.len() == digits && w.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = word.parse().ok()?;
    }
    words.next().is_none().then_some(found)
}

/// Days since 1970; nothing for a day that the calendar does not have.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year_of_march = year.checked_sub(u64::from(month < 3))?;
    let (era, of_era) = (year_of_march / 400, year_of_march % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).checked_sub(719_468)?;
    (civil(days) == (year, month, day)).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_is_no_time_is_not() {
        for seconds in [0, 951_782_400, 1_709_251_199, 1_709_251_200, 4_107_542_400] {
            let time = UNIX_EPOCH + Duration::from_millis(seconds * 1_000 + 125);
            assert_eq!(from_utc(&utc(time)), Some(time), "{}", utc(time));
        }
        let at = |text: &str| from_utc(text).map(utc);
        assert_eq!(at("2026-11-25T06:07:08+09:00").as_deref(), Some("2026-11-24T21:07:08.000Z"));
        assert_eq!(at("2026-11-24 21:07:08.5-00:30").as_deref(), Some("2026-11-24T21:37:08.500Z"));
        for text in ["", "2026-11-24", "2026-11-24T21:07:08", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z"] {
            assert_eq!(at(text), None, "{text}");
        }
        for text in ["2026-11-24T24:00:00Z", "2026-11-24T21:07:08.Z", "+026-11-24T21:07:08Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn days_that_calendars_get_wrong() {
        let at = |seconds| utc(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_709_251_199), "2024-02-29T23:59:59.000Z");
        assert_eq!(at(1_709_251_200), "2024-03-01T00:00:00.000Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00.000Z");
        assert_eq!(utc(UNIX_EPOCH + Duration::from_millis(1_795_554_447_125)), "2026-11-24T21:07:27.125Z");
    }
}
