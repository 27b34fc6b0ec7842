//! What YAML readers take a plain scalar for.
//!
//! YAML 1.1 and 1.2 disagree, and a configuration passes through readers of both kinds: kyaml reads `0777` as 511,
//! kubectl reads `yes` as a boolean. A value that *any* of them takes for something other than text counts as such.

/// What a plain scalar means to the least forgiving reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Null,
    Boolean(bool),
    Number,
    Text,
}

/// Reads a plain, untagged scalar.
pub(super) fn meaning(plain: &str) -> Meaning {
    match plain {
        _ if is_null(plain) => Meaning::Null,
        // kubectl reads all of these as booleans, `y` and `n` included.
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Meaning::Boolean(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => Meaning::Boolean(false),
        _ if is_number(plain) => Meaning::Number,
        _ => Meaning::Text,
    }
}

/// Whether a plain, untagged scalar is null.
pub(super) fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

fn is_number(plain: &str) -> bool {
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    match digits {
        ".inf" | ".Inf" | ".INF" => return true,
        ".nan" | ".NaN" | ".NAN" => return digits.len() == plain.len(),
        _ => {}
    }
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return false;
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            return rest.contains(|c: char| c != '_') && rest.chars().all(|c| c == '_' || c.is_digit(radix));
        }
    }
    is_decimal(digits)
}

/// `12`, `1_000`, `1.5`, `.5`, `1.`, `1e3`: at least one digit before the exponent, and digits after its sign.
fn is_decimal(digits: &str) -> bool {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if exponent.is_empty() || !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    only_digits(whole) && only_digits(fraction) && mantissa.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Meaning, meaning};

    #[test]
    fn what_any_yaml_reader_takes_for_a_number_is_one() {
        for number in
            ["1", "-1", "+1", "1.0", "1.", ".5", "1e3", "1E-3", "0777", "0o14", "0x1f", "0b11", "1_000", ".inf"]
        {
            assert_eq!(meaning(number), Meaning::Number, "{number}");
        }
    }

    #[test]
    fn versions_and_words_are_text() {
        for text in ["v1", "1.2.3", "1-2", "1.2-rc1", "e1", "_1", ".", "-", "1e", "0x", "0xg", "12:30:45", "2001-01-01"]
        {
            assert_eq!(meaning(text), Meaning::Text, "{text}");
        }
    }

    #[test]
    fn the_booleans_of_yaml_1_1_are_booleans() {
        for word in ["yes", "No", "ON", "off", "true", "FALSE", "y", "N"] {
            assert!(matches!(meaning(word), Meaning::Boolean(_)), "{word}");
        }
        assert_eq!(meaning("~"), Meaning::Null);
        assert_eq!(meaning(""), Meaning::Null);
    }
}
