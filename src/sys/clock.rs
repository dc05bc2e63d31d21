//! The wall clock of the PC's time zone, as libc knows it from `TZ` and /etc/localtime.

use std::mem::MaybeUninit;

/// Year, month, day, hour, minute, second, as people write them.
pub type Wall = [i32; 6];

/// What the wall clock shows so many seconds after 1970 in UTC.
pub fn wall(seconds: i64) -> Option<Wall> {
    let mut broken = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are to values that live through the call; the struct is integers and a pointer, so zeroes are
    // a value of it, and where the call fails its answer is not looked at.
    let (done, tm) = unsafe {
        let done = libc::localtime_r(&seconds, broken.as_mut_ptr());
        (done, broken.assume_init())
    };
    let wall = [tm.tm_year.checked_add(1_900)?, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec];
    (!done.is_null()).then_some(wall)
}

/// Seconds after 1970 in UTC at which the wall clock shows this; what the calendar does not have is nothing. Of an hour
/// that comes twice one is taken.
pub fn seconds([year, month, day, hour, minute, second]: Wall) -> Option<i64> {
    let mut broken = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: the struct is integers and a pointer, so zeroes are a value of it; the call reads and writes this one, which
    // lives through it.
    let seconds = unsafe {
        let tm = broken.assume_init_mut();
        (tm.tm_year, tm.tm_mon, tm.tm_mday) = (year.checked_sub(1_900)?, month.checked_sub(1)?, day);
        (tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_isdst) = (hour, minute, second, -1);
        libc::mktime(tm)
    };
    // mktime takes the 31st of a short month for the first of the next
    let same = wall(seconds).is_some_and(|found| found.iter().take(3).eq([year, month, day].iter()));
    same.then_some(seconds)
}
