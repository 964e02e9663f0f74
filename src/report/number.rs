//! Numbers as a report prints them.

use crate::runs::Spread;

/// A score or a loss with three decimals.
#[must_use]
pub fn score(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else if value.abs() >= 1e4 {
        format!("{value:.1e}")
    } else {
        format!("{value:.3}")
    }
}

/// `0.828 ± 0.006`; `0.828` for one value, and a dash for none.
#[must_use]
pub fn spread(spread: Option<Spread>) -> String {
    match spread {
        Some(Spread { mean, sd: Some(sd), .. }) => format!("{} ± {}", score(mean), score(sd)),
        Some(Spread { mean, sd: None, .. }) => score(mean),
        None => "–".to_owned(),
    }
}

/// A number of a setting: whole as it is, small ones in the shortest scientific form (`1e-4`).
#[must_use]
pub fn setting(value: f64) -> String {
    if value != 0.0 && value.is_finite() && value.abs() < 1e-2 { format!("{value:e}") } else { value.to_string() }
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

/// `1 run`, `3 runs`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

/// A duration: `0.6 s`, `41 s`, `12 min 05 s`, `3 h 07 min`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    let whole = seconds.round().min(1e12) as u64;
    match seconds {
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        _ if whole < 60 => format!("{whole} s"),
        _ if whole < 3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", count(whole / 3600), whole / 60 % 60),
    }
}

/// `early`, `early and mid`, `early, mid and late`.
#[must_use]
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        let spread = Spread::of(&[0.80, 0.82, 0.84]).unwrap();
        assert!((spread.sd.unwrap() - 0.02).abs() < 1e-12, "{spread:?}");
        assert_eq!(super::spread(Some(spread)), "0.820 ± 0.020");
        assert_eq!(super::spread(Spread::of(&[0.5])), "0.500");
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(super::spread(Spread::of(&[f64::NAN, 1.0])), "NaN ± NaN");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([score(0.4951), score(f64::INFINITY), score(1e9)], ["0.495", "inf", "1.0e9"]);
        assert_eq!([setting(1e-4), setting(0.2), setting(128.0), setting(0.0)], ["1e-4", "0.2", "128", "0"]);
        assert_eq!(
            [duration(0.61), duration(41.2), duration(725.0), duration(11_229.0), duration(f64::NAN)],
            ["0.6 s", "41 s", "12 min 05 s", "3 h 07 min", "–"]
        );
        assert_eq!([counted(1, "run"), counted(1200, "run")], ["1 run", "1,200 runs"]);
        assert_eq!(list(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b and c");
    }
}
