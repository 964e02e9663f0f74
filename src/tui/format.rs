//! Numbers as people read them.

use crate::protocol::Setting;

/// Seconds as `0:41`, `12:05` or `3:07:09`. Negative or non-finite ones are `-:--`.
#[must_use]
pub fn clock(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "-:--".to_owned();
    }
    let whole = seconds.round().min(1e12) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// The time of day in UTC, `08:31:07`, of milliseconds since the Unix epoch.
#[must_use]
pub fn time_of_day(ms: i64) -> String {
    let seconds = ms.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The day and the time in UTC, `03-31 08:31`, of milliseconds since the Unix epoch.
#[must_use]
pub fn date(ms: i64) -> String {
    let stamp = jiff::Timestamp::from_millisecond(ms);
    stamp.map_or_else(|_| "-".to_owned(), |stamp| stamp.strftime("%m-%d %H:%M").to_string())
}

/// How long nothing was heard: `42 s`, `12 min`, `3 h`, `9 d`.
#[must_use]
pub fn heartbeat(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A difference of scores with its sign: `+.02`.
#[must_use]
pub fn signed(value: f64, minus: &str) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let digits = format!("{:.2}", value.abs());
    let sign = if digits == "0.00" {
        " "
    } else if value < 0.0 {
        minus
    } else {
        "+"
    };
    format!("{sign}{}", digits.strip_prefix('0').unwrap_or(&digits))
}

/// A duration of an epoch: `0.6 s`, `12 s` or `2:05`.
#[must_use]
pub fn seconds(value: f64) -> String {
    match value {
        value if !value.is_finite() => "- s".to_owned(),
        value if value < 0.095 => format!("{:.0} ms", value * 1000.0),
        value if value < 9.95 => format!("{value:.1} s"),
        value if value < 99.5 => format!("{value:.0} s"),
        value => clock(value),
    }
}

/// A score or a loss with three decimals; `NaN`, `inf`, and large values shortened.
#[must_use]
pub fn score(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf".to_owned() } else { "-inf".to_owned() }
    } else if value.abs() >= 1e5 {
        format!("{value:.1e}")
    } else if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}

/// A learning rate in the shortest scientific form: `1e-4`.
#[must_use]
pub fn rate(value: f64) -> String {
    // Two digits are enough to tell the steps of a schedule apart and hide what multiplication left behind.
    let text = format!("{value:.2e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}e{exponent}")
}

/// The value of a setting that can be changed while a run trains.
#[must_use]
pub fn setting(key: Setting, value: f64) -> String {
    match key {
        Setting::Lr => rate(value),
        Setting::Epochs | Setting::EarlyStop => key.text(value),
    }
}

/// A whole number with thousands set apart: `12,291`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes a second in megabytes: `812 MB/s`.
#[must_use]
pub fn megabytes_per_second(bytes: u64, seconds: f64) -> String {
    if seconds <= 0.0 { "- MB/s".to_owned() } else { format!("{} MB/s", count((bytes as f64 / 1e6 / seconds) as u64)) }
}

/// Bytes in megabytes or gigabytes: `412 MB`, `3.1 GB`.
#[must_use]
pub fn bytes(value: u64) -> String {
    let value = value as f64;
    if value < 1e9 { format!("{:.0} MB", value / 1e6) } else { format!("{:.1} GB", value / 1e9) }
}

/// The letter of the data set with this number, from 0; `+` for all that come after Z.
#[must_use]
pub fn letter(at: usize) -> char {
    u8::try_from(at).ok().filter(|at| *at < 26).map_or('+', |at| char::from(b'A' + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_a_clock() {
        for (seconds, text) in [(0.0, "0:00"), (41.2, "0:41"), (725.0, "12:05"), (11_229.0, "3:07:09"), (-1.0, "-:--")]
        {
            assert_eq!(clock(seconds), text);
        }
        assert_eq!(clock(f64::NAN), "-:--");
        assert_eq!(clock(f64::MAX), "277777777:46:40");
    }

    #[test]
    fn numbers_are_short_and_honest() {
        assert_eq!([rate(1e-4), rate(1e-5 * 0.1), rate(3e-4), rate(0.001_25)], ["1e-4", "1e-6", "3e-4", "1.25e-3"]);
        assert_eq!(setting(Setting::Lr, 1.000_000_000_000_000_4e-8), "1e-8", "what a schedule multiplied");
        assert_eq!([setting(Setting::Epochs, 150.0), setting(Setting::EarlyStop, 0.0)], ["150", "0"]);
        assert_eq!([score(0.4951), score(f64::NAN), score(1234.0), score(1e9)], ["0.495", "NaN", "1234", "1.0e9"]);
        assert_eq!([count(7), count(1234), count(12_291)], ["7", "1,234", "12,291"]);
        assert_eq!([seconds(0.6), seconds(12.3), seconds(0.004), seconds(125.0)], ["0.6 s", "12 s", "4 ms", "2:05"]);
        assert_eq!([bytes(0), bytes(412_300_000), bytes(3_140_000_000)], ["0 MB", "412 MB", "3.1 GB"]);
        assert_eq!(time_of_day(-1), "23:59:59");
    }
}
