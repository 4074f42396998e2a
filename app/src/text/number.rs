//! Numbers written and read with a few decimals, the same on server and browser. The standard library's own ways bring
//! 25 kB of tables into the page for cases that none of our numbers has.

/// Rounded to that many decimals (nine at most), half away from zero: `decimals(113.7463, 2)` is `113.75`.
pub fn decimals(value: f64, places: u32) -> String {
    let scale = 10_u64.pow(places.min(9));
    let scaled = (value.abs() * scale as f64).round() as u64;
    let sign = if value < 0.0 && scaled > 0 { "-" } else { "" };
    let (whole, rest) = (scaled / scale, scaled % scale);
    match places {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{rest:0width$}", width = places as usize),
    }
}

/// Digits with a point between and a sign in front; none for anything else, and for more than 15 digits.
pub fn read(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let count = whole.len() + rest.len();
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=15).contains(&count) || !all_digits(whole) || !all_digits(rest) {
        return None;
    }
    let mantissa = whole
        .bytes()
        .chain(rest.bytes())
        .fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    // Both are exact below 2^53, so the quotient is the nearest number there is.
    Some(sign * mantissa as f64 / 10_u64.pow(rest.len() as u32) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_round_and_keep_their_zeros() {
        assert_eq!(decimals(113.746_25, 6), "113.746250");
        assert_eq!(decimals(-0.004, 2), "0.00");
        assert_eq!(decimals(-12.345, 1), "-12.3");
        assert_eq!(decimals(99.5, 0), "100");
        assert_eq!(decimals(22.5, 3), "22.500");
    }

    #[test]
    fn what_is_read_is_what_the_library_reads_and_nonsense_is_nothing() {
        for text in [
            "0",
            "-1.5",
            "+22.81899",
            "113.67306",
            ".5",
            "7.",
            "123456789012345",
        ] {
            assert_eq!(read(text), text.parse().ok(), "{text}");
        }
        for nonsense in [
            "",
            ".",
            "-",
            "1e5",
            "NaN",
            "inf",
            "1,5",
            "1.2.3",
            "1234567890123456",
        ] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }
}
