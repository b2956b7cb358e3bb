//! Lengths of time as the programs of a deployment write them: numbers with units behind them, added up.

/// `10`, `1min 30s`, `infinity` in seconds: systemd.time(7), where a number alone is seconds.
pub fn systemd_seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 29] = [
        ("us", 0.000_001),
        ("usec", 0.000_001),
        ("µs", 0.000_001),
        ("ms", 0.001),
        ("msec", 0.001),
        ("s", 1.0),
        ("sec", 1.0),
        ("second", 1.0),
        ("seconds", 1.0),
        ("m", 60.0),
        ("min", 60.0),
        ("minute", 60.0),
        ("minutes", 60.0),
        ("h", 3600.0),
        ("hr", 3600.0),
        ("hour", 3600.0),
        ("hours", 3600.0),
        ("d", 86_400.0),
        ("day", 86_400.0),
        ("days", 86_400.0),
        ("w", 604_800.0),
        ("week", 604_800.0),
        ("weeks", 604_800.0),
        ("M", 2_630_016.0),
        ("month", 2_630_016.0),
        ("months", 2_630_016.0),
        ("y", 31_557_600.0),
        ("year", 31_557_600.0),
        ("years", 31_557_600.0),
    ];
    if text == "infinity" { Some(f64::INFINITY) } else { sum_of_spans(text, &UNITS) }
}

/// Numbers with units behind them, added up, by a table of how many seconds each unit has; a number without a unit is
/// seconds.
pub fn sum_of_spans(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let mut rest = text.trim();
    let mut sum = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        let behind = rest[digits..].trim_start();
        let letters = behind.find(|letter: char| !letter.is_alphabetic()).unwrap_or(behind.len());
        let scale = match &behind[..letters] {
            "" => 1.0,
            unit => units.iter().find(|(known, _)| *known == unit)?.1,
        };
        sum += number * scale;
        rest = behind[letters..].trim_start();
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::systemd_seconds;

    #[test]
    fn times_as_systemd_writes_them() {
        assert_eq!(systemd_seconds("1min 30s"), Some(90.0));
        assert_eq!(systemd_seconds("1.5"), Some(1.5));
        assert_eq!(systemd_seconds("2 months"), Some(5_260_032.0));
        assert_eq!(systemd_seconds("infinity"), Some(f64::INFINITY));
        assert_eq!(systemd_seconds("1 parsec"), None);
        assert_eq!(systemd_seconds(""), None);
    }
}
